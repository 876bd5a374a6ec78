package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/bench/slowpath"
	"github.com/openconfab/confab/internal/bench/workload"
)

// lead is how long before the window its time is told to all.
const lead = time.Second

// coordinator carries out one test.
type coordinator struct {
	config Config
	plan   workload.Plan
	clock  clock
	hands  []*hand
	// mu guards what is told of progress.
	mu    sync.Mutex
	stage string
}

// Run carries out a test and returns what it found. It fails when the test could not be done; that frames were lost or late
// is a finding.
func Run(ctx context.Context, c Config) (*Report, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	kind, err := workload.Lookup(c.Workload)
	if err != nil {
		return nil, err
	}
	plan, err := kind.Plan(c.Size)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	epoch := time.Now()
	jobs, err := assign(c, plan, epoch)
	if err != nil {
		return nil, err
	}
	server, err := watchServers(c)
	if err != nil {
		return nil, err
	}
	r := &coordinator{config: c, plan: plan, clock: newClock(epoch), stage: "starting"}
	paths, err := slowPaths(jobs, c)
	if err != nil {
		return nil, err
	}
	defer paths.Close()
	if err := r.hire(ctx, jobs, paths); err != nil {
		return nil, errors.Join(err, r.dismiss())
	}
	results, err := r.conduct(ctx, server)
	if err != nil {
		cancel()
		// How workers end that were told to stop says no more than the error.
		_ = r.dismiss()
		return nil, err
	}
	if err := r.dismiss(); err != nil {
		return nil, err
	}
	return r.report(results, server), nil
}

// slowPaths sets up a path for each slow job, and directs the job to where the path reaches the server.
func slowPaths(jobs []*job, c Config) (*slowpath.Paths, error) {
	var slow []*job
	for _, j := range jobs {
		if j.Slow {
			slow = append(slow, j)
		}
	}
	if len(slow) == 0 {
		return &slowpath.Paths{}, nil
	}
	if len(c.Command) == 0 {
		return nil, errors.New("bench: the slow path needs processes of its own, and there is no command for them")
	}
	paths, err := slowpath.Open(len(slow))
	if err != nil {
		return nil, err
	}
	for i, j := range slow {
		j.Server = paths.Reach(i, c.Server)
	}
	if err := reachable(slow[0].Server); err != nil {
		return nil, errors.Join(err, paths.Close())
	}
	return paths, nil
}

// reachable finds out whether the node listens where the slow paths lead: one on localhost only does not.
func reachable(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), u.Scheme)
	}
	conn, err := net.DialTimeout("tcp", host, joinTimeout)
	if err != nil {
		return fmt.Errorf("bench: from behind a slow path the node is at %s, and does not answer there: let it listen on all addresses (confab serve --addr :PORT): %w",
			address, err)
	}
	return conn.Close()
}

// hire starts a worker for every job and gives it the job.
func (r *coordinator) hire(ctx context.Context, jobs []*job, paths *slowpath.Paths) error {
	slow := 0
	for _, j := range jobs {
		var h *hand
		var err error
		switch {
		case j.Slow:
			h, err = hire(paths.Command(ctx, slow, r.config.Command))
			slow++
		case r.config.Processes == 1:
			h = hireHere(ctx)
		default:
			h, err = hire(exec.CommandContext(ctx, r.config.Command[0], r.config.Command[1:]...))
		}
		if err != nil {
			return err
		}
		h.slow = j.Slow
		r.hands = append(r.hands, h)
		if err := h.orders.Encode(order{Job: j}); err != nil {
			return fmt.Errorf("bench: handing out a job: %w", err)
		}
	}
	return nil
}

// dismiss ends all workers and returns what went wrong with them.
func (r *coordinator) dismiss() error {
	var errs []error
	for _, h := range r.hands {
		h.dismiss()
	}
	for _, h := range r.hands {
		if err := h.wait(); err != nil {
			errs = append(errs, fmt.Errorf("bench: a worker: %w", err))
		}
	}
	return errors.Join(errs...)
}

// conduct leads the workers through the test and returns their results in the order of the hands.
func (r *coordinator) conduct(ctx context.Context, server *serverWatch) ([]*result, error) {
	telling, stop := context.WithCancel(ctx)
	var told sync.WaitGroup
	told.Go(func() { r.tell(telling) })
	defer told.Wait()
	defer stop()

	for _, step := range []struct {
		stage string
		order order
	}{
		{"publishers join", order{Join: senders}},
		{"subscribers join", order{Join: receivers}},
		{"first frames", order{Settle: true}},
	} {
		r.enter(step.stage)
		answers, err := r.all(step.order)
		if err := cmp.Or(context.Cause(ctx), err, nobody(answers)); err != nil {
			return nil, err
		}
	}
	from := r.clock.now() + lead
	counted := window{From: from, To: from + r.config.Duration}
	r.enter("measuring")
	var watching sync.WaitGroup
	watching.Go(func() { server.measure(ctx, r.clock, counted) })
	answers, err := r.all(order{Measure: &counted})
	watching.Wait()
	if err := cmp.Or(context.Cause(ctx), err); err != nil {
		return nil, err
	}
	results := make([]*result, len(answers))
	for i, a := range answers {
		if results[i] = a.Result; a.Result == nil {
			return nil, errors.New("bench: a worker gave no result")
		}
	}
	return results, nil
}

// nobody returns an error when all who tried to join failed: there is nothing to measure.
func nobody(answers []news) error {
	var sum joined
	for _, a := range answers {
		if a.Joined != nil {
			sum.Joined += a.Joined.Joined
			sum.Failed += a.Joined.Failed
			sum.Trouble = cmp.Or(sum.Trouble, a.Joined.Trouble)
		}
	}
	if sum.Joined == 0 && sum.Failed > 0 {
		return fmt.Errorf("bench: none of %d could join: %s", sum.Failed, sum.Trouble)
	}
	return nil
}

// all gives an order to all workers and returns their answers when all are there, or the first failure.
func (r *coordinator) all(o order) ([]news, error) {
	answers := make([]news, len(r.hands))
	failed := make(chan error, len(r.hands))
	for i, h := range r.hands {
		go func() {
			err := h.orders.Encode(o)
			if err == nil {
				answers[i], err = h.hear(&r.mu)
			}
			failed <- err
		}()
	}
	for range r.hands {
		if err := <-failed; err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func (r *coordinator) enter(stage string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage = stage
}

// tell writes a line of progress every second until ctx ends.
func (r *coordinator) tell(ctx context.Context) {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	var before uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		r.mu.Lock()
		var p progress
		for _, h := range r.hands {
			p.Joined += h.last.Joined
			p.Failed += h.last.Failed
			p.Waiting += h.last.Waiting
			p.Delivered += h.last.Delivered
			if !h.slow {
				p.P99 = max(p.P99, h.last.P99)
			}
		}
		line := fmt.Sprintf("%-17s %d of %d joined", r.stage, p.Joined, len(r.plan.Participants))
		r.mu.Unlock()
		if p.Failed > 0 {
			line += fmt.Sprintf(", %d failed", p.Failed)
		}
		if p.Waiting > 0 {
			line += fmt.Sprintf(", %d subscriptions without a frame", p.Waiting)
		}
		if p.Delivered > 0 {
			line += fmt.Sprintf(", %d objects/s, p99 %s ms", p.Delivered-before, milliseconds(p.P99))
			before = p.Delivered
		}
		fmt.Fprintln(r.config.Progress, line)
	}
}
