package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// stopTime is how long a process may take to end by itself before it is killed.
	stopTime = 3 * time.Second
	// complaintSize bounds what is kept of what a process says.
	complaintSize = 4 << 10
)

// Process is a running ffmpeg. Whoever started it reads Out to its end, closes In, and then calls Wait.
type Process struct {
	// In is its standard input. Closing it tells a process that reads from it to finish.
	In io.WriteCloser
	// Out is its standard output.
	Out io.Reader

	cmd       *exec.Cmd
	out       io.Closer
	ctx       context.Context
	complaint tail
}

// Start runs ffmpeg with the arguments. When ctx ends it is told to stop, and killed if it does not. It is out of reach of
// a terminal's Ctrl-C, so that its end is in the hands of its owner.
func (t Tools) Start(ctx context.Context, args ...string) (*Process, error) {
	p := &Process{ctx: ctx}
	p.cmd = exec.CommandContext(ctx, t.ffmpeg, append([]string{"-hide_banner", "-loglevel", "error"}, args...)...)
	p.cmd.Stderr = &p.complaint
	p.cmd.Cancel = func() error {
		if p.cmd.Process.Signal(os.Interrupt) != nil {
			return p.cmd.Process.Kill() // where there are no signals
		}
		return nil
	}
	p.cmd.WaitDelay = stopTime
	detach(p.cmd)
	var err error
	if p.In, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.Out, p.out = out, out
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("ffmpeg can't be run: %w", err)
	}
	return p, nil
}

// PID returns the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop closes both of the process's streams, at which it ends soon.
func (p *Process) Stop() {
	_ = p.In.Close()
	_ = p.out.Close()
}

// Wait waits for the end. The error says what ffmpeg complained of; when ctx has ended it is ctx's.
func (p *Process) Wait() error {
	err := p.cmd.Wait()
	if err == nil {
		return nil
	}
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	if said := p.complaint.lastLine(); said != "" {
		return fmt.Errorf("ffmpeg: %s", Redact(said))
	}
	return fmt.Errorf("ffmpeg: %w", err)
}

// Redact takes user names and passwords out of the addresses in a text.
func Redact(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if !strings.Contains(word, "://") || !strings.Contains(word, "@") {
			continue
		}
		if u, err := url.Parse(strings.TrimRight(word, ":")); err == nil && u.User != nil {
			u.User = nil
			words[i] = u.String() + strings.Repeat(":", len(word)-len(strings.TrimRight(word, ":")))
		} else {
			words[i] = "(address)"
		}
	}
	return strings.Join(words, " ")
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - complaintSize; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := bytes.TrimSpace(t.text)
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return string(text)
}

// Run runs ffmpeg to its end, without input or output.
func (t Tools) Run(ctx context.Context, args ...string) error {
	p, err := t.Start(ctx, append([]string{"-nostdin"}, args...)...)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, p.Out)
	return errors.Join(p.Wait(), err)
}
