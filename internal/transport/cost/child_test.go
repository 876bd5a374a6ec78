//go:build linux

// Package cost_test measures what one delivered object costs a whole node, beside the bare floor: the same bytes written
// by the same libraries with no relay around them. Node and floor are processes of their own on one core, asked for their
// CPU time; they take turns, so that a noisy machine does to one what it does to the other. docs/performance.md has the
// commands and what they gave.
package cost_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// roleVariable makes this test binary one of the processes that are measured.
const roleVariable = "CONFAB_COST_ROLE"

// profileVariable names a folder that gets a CPU profile of each measured process, from when all are connected.
const profileVariable = "CONFAB_COST_PROFILE"

// The roles.
const (
	roleNode  = "node"
	roleFloor = "floor"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	serve := map[string]func() (*program, error){roleNode: startNode, roleFloor: startFloor}[role]
	if err := runChild(role, serve); err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
}

// program is what a child runs.
type program struct {
	// listening is told to the parent.
	listening any
	// play sends media for a while; nil if others do.
	play func(time.Duration)
	stop func()
}

// usage is what a process has used so far.
type usage struct {
	CPU               time.Duration
	Mallocs           uint64
	RSS, Heap, Stacks int64
	Goroutines        int
}

// runChild starts a program and does what its parent says until standard input ends.
func runChild(role string, start func() (*program, error)) error {
	p, err := start()
	if err != nil {
		return err
	}
	defer p.stop()
	stopProfile := func() {}
	defer func() { stopProfile() }()
	answers := json.NewEncoder(os.Stdout)
	if err := answers.Encode(p.listening); err != nil {
		return err
	}
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		name, argument, _ := strings.Cut(commands.Text(), " ")
		switch name {
		case "profile":
			if stopProfile, err = startProfile(role); err != nil {
				return err
			}
		case "play":
			d, err := time.ParseDuration(argument)
			if err != nil {
				return err
			}
			p.play(d)
		case "settle":
			// An idle process collects by itself every two minutes. The first time, pools let go of half of what they hold
			// and stacks shrink by half.
			for range 3 {
				debug.FreeOSMemory()
			}
		}
		u, err := measure()
		if err != nil {
			return err
		}
		if err := answers.Encode(u); err != nil {
			return err
		}
	}
	return nil
}

// startProfile starts a CPU profile, if one is wanted.
func startProfile(role string) (stop func(), err error) {
	dir := os.Getenv(profileVariable)
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(dir, role+".pprof"))
	if err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, pprof.StartCPUProfile(f)
}

func measure() (usage, error) {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		return usage{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return usage{}, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		return usage{}, err
	}
	return usage{
		CPU:        time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Mallocs:    m.Mallocs,
		RSS:        pages * int64(os.Getpagesize()),
		Heap:       int64(m.HeapInuse),
		Stacks:     int64(m.StackInuse),
		Goroutines: runtime.NumGoroutine(),
	}, nil
}

// child is a measured process, seen from its parent.
type child struct {
	b       *testing.B
	in      io.Writer
	answers *json.Decoder
}

// startChild starts a process on the first core and reads where it listens.
func startChild(b *testing.B, role string, listening any) *child {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), roleVariable+"="+role)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := startOnFirstCore(command); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := command.Wait(); err != nil {
			b.Errorf("%s: %v", role, err)
		}
	})
	c := &child{b: b, in: in, answers: json.NewDecoder(out)}
	if err := c.answers.Decode(listening); err != nil {
		b.Fatal(err)
	}
	return c
}

// startOnFirstCore starts the command with the affinity of this thread, from which it is inherited.
func startOnFirstCore(command *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, first unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	for cpu := 0; first.Count() == 0; cpu++ {
		if before.IsSet(cpu) {
			first.Set(cpu)
		}
	}
	if err := unix.SchedSetaffinity(0, &first); err != nil {
		return err
	}
	defer unix.SchedSetaffinity(0, &before)
	return command.Start()
}

// ask gives the child a command and returns what it has used when that is done.
func (c *child) ask(command string) (u usage) {
	c.b.Helper()
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		c.b.Fatal(err)
	}
	if err := c.answers.Decode(&u); err != nil {
		c.b.Fatal(err)
	}
	return u
}
