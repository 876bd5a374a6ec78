package ffmpeg

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// Tools are the programs to run.
type Tools struct{ ffmpeg, ffprobe string }

// ErrMissing is returned by [Find], with words on how to get ffmpeg.
var ErrMissing = errors.New("ffmpeg is not installed")

// Find looks for ffmpeg and ffprobe in the PATH.
func Find() (Tools, error) {
	var t Tools
	var err error
	if t.ffmpeg, err = exec.LookPath("ffmpeg"); err == nil {
		t.ffprobe, err = exec.LookPath("ffprobe")
	}
	if err != nil {
		return Tools{}, fmt.Errorf("%w: %s, or put ffmpeg and ffprobe from https://ffmpeg.org into the PATH", ErrMissing, howToInstall())
	}
	return t, nil
}

func howToInstall() string {
	switch runtime.GOOS {
	case "darwin":
		return "run `brew install ffmpeg`"
	case "windows":
		return "run `winget install ffmpeg`"
	default:
		return "run `apt install ffmpeg` (Debian, Ubuntu, Raspberry Pi OS) or `dnf install ffmpeg` (Fedora)"
	}
}
