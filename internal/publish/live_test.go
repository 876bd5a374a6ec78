package publish

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/openconfab/confab/internal/mediatest"
)

// TestSilentInputIsOpenedAgain: a camera that loses its power says nothing, and its connection stays.
func TestSilentInputIsOpenedAgain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	stream, err := os.ReadFile(mediatest.Make(t, "a.ts", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=15:duration=3",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "15", "-pix_fmt", "yuv420p"))
	if err != nil {
		t.Fatal(err)
	}
	camera, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// One connection is to look at what there is, one to read it, and one to read it again.
	opened := make(chan struct{})
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for n := 1; ; n++ {
			conn, err := camera.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if n == 3 {
				close(opened)
			}
			// Who hangs up early has seen enough.
			_, _ = conn.Write(stream)
		}
	}()
	defer func() {
		camera.Close()
		<-closed
	}()
	p := start(t, mediatest.Meeting(t), Config{Inputs: []string{"tcp://" + camera.Addr().String()}, Loop: true, silence: deadline / 10})
	select {
	case <-opened:
	case err := <-p.ended:
		t.Fatalf("publishing ends: %v", err)
	case <-ctx.Done():
		t.Fatalf("it is not opened again; log:\n%s", p.log)
	}
}
