package mediatest

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/openconfab/confab/internal/ffmpeg"
)

// FlashAndBeep is an input of package publish: black, with a white flash and a beep of a tenth of a second in the middle of every
// second, both beginning at the same time.
func FlashAndBeep(seconds int) string {
	return fmt.Sprintf("lavfi:color=black:size=320x180:rate=30:duration=%[1]d[b];color=white:size=320x180:rate=30:duration=%[1]d[w];"+
		"[b][w]overlay=enable='between(mod(t,1),0.49,0.59)'[out0];"+
		"aevalsrc='if(between(mod(t,1),0.5,0.6),0.5*sin(2*PI*1000*t),0)':s=48000:duration=%[1]d[out1]", seconds)
}

// Tools finds ffmpeg. A test that needs it fails without.
func Tools(t testing.TB) ffmpeg.Tools {
	t.Helper()
	tools, err := ffmpeg.Find()
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// Make runs ffmpeg to make a file in a folder of the test, and returns its path. The arguments say all but the path.
func Make(t testing.TB, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := Tools(t).Run(t.Context(), append(args, "-y", path)...); err != nil {
		t.Fatal(err)
	}
	return path
}
