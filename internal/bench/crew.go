package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// killAfter is how long a worker's process may take to end once it was told to.
const killAfter = 5 * time.Second

// hand is a worker as the coordinator sees it.
type hand struct {
	orders *json.Encoder
	news   *json.Decoder
	// dismiss ends the worker's input, which ends the worker.
	dismiss func()
	// wait returns when the worker has ended.
	wait func() error
	slow bool
	last progress
}

// hireHere starts a worker in this process.
func hireHere(ctx context.Context) *hand {
	ordersOut, ordersIn := io.Pipe()
	newsOut, newsIn := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := ServeWorker(ctx, ordersOut, newsIn)
		ordersOut.CloseWithError(io.ErrClosedPipe)
		newsIn.Close()
		ended <- err
	}()
	return &hand{
		orders:  json.NewEncoder(ordersIn),
		news:    json.NewDecoder(newsOut),
		dismiss: func() { ordersIn.Close(); newsOut.Close() },
		wait:    func() error { return <-ended },
	}
}

// hire starts a worker in a process of its own.
func hire(cmd *exec.Cmd) (*hand, error) {
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killAfter
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: starting a worker: %w", err)
	}
	return &hand{
		orders:  json.NewEncoder(in),
		news:    json.NewDecoder(out),
		dismiss: func() { in.Close() },
		wait:    cmd.Wait,
	}, nil
}

// hear returns the next news that is no progress. Progress is kept under the lock mu.
func (h *hand) hear(mu sync.Locker) (news, error) {
	for {
		var n news
		if err := h.news.Decode(&n); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("a worker ended before its time")
			}
			return news{}, fmt.Errorf("bench: %w", err)
		}
		switch {
		case n.Failed != "":
			return news{}, fmt.Errorf("bench: a worker failed: %s", n.Failed)
		case n.Progress != nil:
			mu.Lock()
			h.last = *n.Progress
			mu.Unlock()
		default:
			return n, nil
		}
	}
}
