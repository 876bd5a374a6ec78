//go:build unix

package ffmpeg

import (
	"os/exec"
	"syscall"
)

// detach puts the command into a process group of its own, for a terminal sends Ctrl-C to whole groups.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
