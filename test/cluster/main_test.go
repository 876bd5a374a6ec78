// Package cluster_test has nodes as processes, each in a network of its own, with a call going on while one of them is frozen, cut off
// or killed, or what joins them is. It asserts what people in the call notice: how long whom was not heard, and who was
// seen to come and go. It runs by itself (make test-cluster), for it needs the machine's attention.
package cluster_test

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

const (
	// wantedVariable is set where these tests are to run.
	wantedVariable = "CONFAB_TEST_CLUSTER"
	// insideVariable is set in the process that has a network of its own.
	insideVariable = "CONFAB_TEST_CLUSTER_INSIDE"
)

func TestMain(m *testing.M) {
	flag.Parse()
	switch {
	case os.Getenv(passageVariable) != "":
		log.Fatal(servePassage(os.Getenv(passageVariable)))
	case os.Getenv(insideVariable) != "":
		goleak.VerifyTestMain(m)
	case os.Getenv(wantedVariable) == "":
		fmt.Println("These tests take minutes and make networks: run them with make test-cluster.")
	default:
		os.Exit(inside())
	}
}

// inside runs the tests in a network of their own, so that they disturb nobody's, and leave nothing behind. They need no
// root where users may make namespaces. It returns the status to exit with.
func inside() int {
	args := []string{"--net"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(args, "true")...).CombinedOutput(); err != nil {
		fmt.Printf("SKIPPED: this machine does not let this user make networks, so no node was frozen, cut off or killed: %v: %s\n", err, out)
		return 0
	}
	cmd := exec.Command("unshare", append(append(args, os.Args[0]), os.Args[1:]...)...)
	folder, err := os.MkdirTemp("", "confab-cluster-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer os.RemoveAll(folder)
	socket := filepath.Join(folder, "iggy")
	passage, err := leadToIggy(socket)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer passage.close()
	cmd.Env = append(os.Environ(), insideVariable+"=1", socketVariable+"="+socket)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// program returns the path of a program that make has built.
func program(t *testing.T, variable, name string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		path = filepath.Join("..", "..", "bin", name)
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%v: build it with: make %s", err, filepath.Join("bin", name))
	}
	return path
}
