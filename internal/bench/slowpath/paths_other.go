//go:build !linux

package slowpath

import (
	"context"
	"errors"
	"os/exec"
)

// Paths are the slow paths of one test: none, for they need Linux.
type Paths struct{}

// Open fails: only Linux has network namespaces.
func Open(int) (*Paths, error) {
	return nil, errors.New("slow path: only Linux has network namespaces")
}

// Reach returns server.
func (p *Paths) Reach(_ int, server string) string { return server }

// Command returns the command.
func (p *Paths) Command(ctx context.Context, _ int, command []string) *exec.Cmd {
	return exec.CommandContext(ctx, command[0], command[1:]...)
}

// Close does nothing.
func (p *Paths) Close() error { return nil }
