package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// role is the one that owns everything.
const role = "confab"

// A cluster is a PostgreSQL server that listens on a socket in its folder only.
type cluster struct {
	url    string
	folder string
	server *os.Process
	ended  chan struct{}
}

func startCluster() (*cluster, error) {
	initdb, err := find("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := find("postgres")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "confab-postgres-")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, ended: make(chan struct{})}
	if err := c.start(initdb, postgres); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	c.url = (&url.URL{
		Scheme: "postgres", User: url.User(role), Host: "", Path: "/postgres", RawQuery: url.Values{"host": {folder}}.Encode(),
	}).String()
	return c, nil
}

func (c *cluster) start(initdb, postgres string) error {
	attributes, err := attributes(c.folder)
	if err != nil {
		return err
	}
	data := filepath.Join(c.folder, "data")
	make := exec.Command(initdb, "--pgdata", data, "--username", role, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	make.Dir, make.SysProcAttr = c.folder, attributes
	if out, err := make.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// What it keeps need not survive the machine.
	serve := exec.Command(postgres, "-D", data, "-k", c.folder, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_connections=200")
	serve.Dir, serve.SysProcAttr = c.folder, attributes
	return c.serve(serve)
}

// serve returns when the server accepts connections.
func (c *cluster) serve(cmd *exec.Cmd) error {
	log, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	started := make(chan error, 1)
	go func() {
		defer close(c.ended)
		// The server is ended when this thread ends: see attributes.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		c.server = cmd.Process
		started <- awaitReady(log)
		_, _ = io.Copy(io.Discard, log) // until it has ended
		_ = cmd.Wait()                  // it was told to end, and how is of no interest
	}()
	return <-started
}

func awaitReady(log io.Reader) error {
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			return nil
		}
		said.WriteString(lines.Text() + "\n")
	}
	return fmt.Errorf("PostgreSQL does not start:\n%s", said.String())
}

// stop ends the server without ceremony.
func (c *cluster) stop() {
	_ = c.server.Signal(syscall.SIGQUIT)
	<-c.ended
	_ = os.RemoveAll(c.folder)
}

// find looks for a program of PostgreSQL's, which Debian does not put into the path.
func find(name string) (string, error) {
	if paths, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); err == nil && len(paths) > 0 {
		return slices.Max(paths), nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("tests need PostgreSQL: run scripts/install-packages.sh postgresql, or set %s: %w", variable, err)
	}
	return path, nil
}
