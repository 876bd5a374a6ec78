package transport

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

func FuzzWebSocketReader(f *testing.F) {
	for _, frames := range [][]ws.Frame{
		{dataFrame(true, ws.OpBinary, "\x01\x05\x00\x01\x02payload")},
		{dataFrame(false, ws.OpBinary, "\x00fr"), dataFrame(true, ws.OpPing, "p"), dataFrame(true, ws.OpContinuation, "agment")},
		{dataFrame(true, ws.OpClose, closeBody(4000, "malformed"))},
		{ws.NewTextFrame([]byte("text"))},
	} {
		var b bytes.Buffer
		for _, frame := range frames {
			ws.WriteFrame(&b, ws.MaskFrame(frame))
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		live := wire.LiveObjects()
		r := &wsReader{in: bufio.NewReaderSize(bytes.NewReader(b), 16), onPing: func(payload []byte) {
			if len(payload) > ws.MaxControlFramePayloadSize {
				t.Errorf("a ping of %d bytes", len(payload))
			}
		}}
		for {
			if err := r.next(); err != nil {
				var closed *wsClosedError
				if wire.CodeOf(err) == "" && !errors.As(err, &closed) && !errors.Is(err, errNotClosed) {
					t.Fatalf("reading ended with %v", err)
				}
				break
			}
			kind, err := r.ReadByte()
			if err != nil && !errors.Is(err, io.EOF) || kind != wire.WebSocketObject {
				continue
			}
			if _, o, err := parseMessage(r, 1<<16); err == nil {
				o.Release()
			}
		}
		if wire.LiveObjects() != live {
			t.Fatal("an object leaked")
		}
	})
}
