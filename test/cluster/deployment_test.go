package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
)

const (
	nodePort    = 8080
	clusterPort = 6222
	natsPort    = 4222
	// startDeadline only bounds a failure.
	startDeadline = 20 * time.Second
)

// deployment is nodes that are joined.
type deployment struct {
	*network
	nodes []*process
	// nats is the server that joins them, nil when it is inside them. iggy is how they reach that of Apache Iggy, nil when they don't.
	nats, iggy *process
}

// process is a program at a host.
type process struct {
	t    *testing.T
	host *host
	name string
	// command makes what start runs.
	command func() *exec.Cmd
	// answers asks whether it is ready.
	answers func(context.Context) bool

	cmd    *exec.Cmd
	exited chan struct{}
	// mu guards log.
	mu  sync.Mutex
	log []string
}

// deployEmbedded starts nodes that are joined by NATS inside them. flags are theirs.
func deployEmbedded(t *testing.T, count int, flags ...string) *deployment {
	t.Helper()
	d := &deployment{network: newNetwork(t, count)}
	var peers []string
	for _, h := range d.hosts[1:] {
		peers = append(peers, fmt.Sprintf("%s:%d", h.addr, clusterPort))
	}
	d.startNodes(d.hosts[1:], func(h *host) []string {
		return append([]string{"--cluster-listen", fmt.Sprintf("%s:%d", h.addr, clusterPort), "--cluster-peers", strings.Join(peers, ",")}, flags...)
	})
	return d
}

// deployWithNATS starts nodes that are joined by a server of NATS. flags are the nodes'.
func deployWithNATS(t *testing.T, count int, flags ...string) *deployment {
	t.Helper()
	d := &deployment{network: newNetwork(t, count+1)}
	at := d.hosts[count+1]
	binary := program(t, "CONFAB_NATS_SERVER", "nats-server")
	config := t.TempDir() + "/nats.conf"
	if err := os.WriteFile(config, []byte("max_payload: 8MB\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.nats = &process{
		t: t, host: at, name: "nats-server",
		command: func() *exec.Cmd {
			return at.command(binary, "--config", config, "--addr", at.addr.String(), "--port", fmt.Sprint(natsPort), "--http_port", "8222")
		},
		answers: answers(fmt.Sprintf("http://%s:8222/healthz", at.addr)),
	}
	d.nats.start()
	d.startNodes(d.hosts[1:count+1], func(*host) []string {
		return append([]string{"--backbone", fmt.Sprintf("nats://%s:%d", at.addr, natsPort)}, flags...)
	})
	return d
}

// startNodes starts a node at each host, and waits until all know each other.
func (d *deployment) startNodes(hosts []*host, join func(*host) []string) {
	d.t.Helper()
	binary := program(d.t, "CONFAB_BIN", "confab")
	for i, h := range hosts {
		name := string(rune('A' + i))
		state := d.t.TempDir()
		n := &process{
			t: d.t, host: h, name: name,
			command: func() *exec.Cmd {
				cmd := h.command(binary, append([]string{
					"serve", "--addr", fmt.Sprintf(":%d", nodePort), "--node", name, "--node-url", fmt.Sprintf("http://%s:%d", h.addr, nodePort), "--state-dir", state,
				}, join(h)...)...)
				cmd.Env = append(os.Environ(), "CONFAB_CLUSTER_SECRET=a secret of the tests, 32 bytes or more")
				return cmd
			},
		}
		n.answers = answers(n.url() + "/readyz")
		d.nodes = append(d.nodes, n)
		n.start()
	}
	d.awaitJoined()
}

// awaitJoined waits until every node knows all others.
func (d *deployment) awaitJoined() {
	d.t.Helper()
	for _, n := range d.nodes {
		until(d.t, n.name+" knows all nodes", startDeadline, func() bool { return n.reaches() == len(d.nodes) })
	}
}

// start starts it, again after it has ended, and waits until it answers.
func (p *process) start() {
	p.t.Helper()
	p.cmd = p.command()
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	cmd, exited := p.cmd, make(chan struct{})
	p.exited = exited
	go func() {
		defer close(exited)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.mu.Lock()
			p.log = append(p.log, lines.Text())
			p.mu.Unlock()
		}
		// How it ended is what the test has done to it.
		_ = cmd.Wait()
	}()
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-exited
		if p.t.Failed() && p.exited == exited {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.t.Logf("the log of %s:\n%s", p.name, strings.Join(p.log, "\n"))
		}
	})
	until(p.t, p.name+" answers", startDeadline, func() bool { return p.answers(p.t.Context()) })
}

// signal sends it a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// end sends it a signal to end by, and waits until it has.
func (p *process) end(s syscall.Signal) {
	p.t.Helper()
	p.signal(s)
	<-p.exited
}

// url is where clients reach a node.
func (p *process) url() string { return fmt.Sprintf("http://%s:%d", p.host.addr, nodePort) }

// reaches returns how many nodes a node says are in reach, itself included.
func (p *process) reaches() (count int) {
	for _, n := range listNodes(p.t, p.url()) {
		if n.Reachable {
			count++
		}
	}
	return count
}

// cut parts a node from all hosts but this process, or joins it again.
func (d *deployment) cut(n *process, away bool) {
	link := simnet.Link{}
	if away {
		link.Loss = 1
	}
	for _, h := range d.hosts[1:] {
		if h != n.host {
			d.set(n.host, h, link)
		}
	}
}

// spoil makes the ways between all hosts but this process ones of that kind.
func (d *deployment) spoil(l simnet.Link) {
	for i, a := range d.hosts[1:] {
		for _, b := range d.hosts[1 : 1+i] {
			d.set(a, b, l)
		}
	}
}

// packets are those that have entered ways, and those of them that were lost.
type packets struct{ entered, lost uint64 }

// between counts the packets between all hosts but this process.
func (d *deployment) between() (p packets) {
	for ends, w := range d.ways {
		if ends[0] == 0 || ends[1] == 0 {
			continue
		}
		entered, lost := w.path.Counts()
		p.entered += entered
		p.lost += lost
	}
	return p
}

// answers returns a question that is answered by 200 OK.
func answers(url string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		res, err := get(ctx, url)
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	}
}
