package transport

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// wsReader takes messages out of frames, one after the other: next, then reading up to io.EOF. It answers pings on the
// way. It is for one goroutine.
type wsReader struct {
	in     *bufio.Reader
	client bool
	onPing func(payload []byte)

	header ws.Header
	// left is what of the frame was not read yet.
	left       int64
	fragmented bool
	space      [ws.MaxHeaderSize]byte
}

// wsClosedError says that the other side closed the WebSocket.
type wsClosedError struct {
	cause error
	// answer is the body of the close frame to send back.
	answer []byte
}

func (e *wsClosedError) Error() string { return "transport: websocket closed: " + e.cause.Error() }

// next skips what is left of a message and goes to the following one.
func (r *wsReader) next() error {
	if r.left > 0 || r.fragmented {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return err
		}
	}
	if err := r.nextFrame(); err != nil {
		return err
	}
	if r.header.OpCode != ws.OpBinary {
		return wire.Errorf(wire.CodeMalformed, "a text message came where only binary ones are spoken")
	}
	return nil
}

// size returns how many bytes of the message are left, if that is known: when no further frame follows.
func (r *wsReader) size() (int64, bool) { return r.left, !r.fragmented }

func (r *wsReader) Read(b []byte) (int, error) {
	if err := r.more(); err != nil {
		return 0, err
	}
	if int64(len(b)) > r.left {
		b = b[:r.left]
	}
	n, err := r.in.Read(b)
	if r.header.Masked {
		ws.Cipher(b[:n], r.header.Mask, int(r.header.Length-r.left))
	}
	r.left -= int64(n)
	return n, cutShort(err)
}

func (r *wsReader) ReadByte() (byte, error) {
	if err := r.more(); err != nil {
		return 0, err
	}
	b, err := r.in.ReadByte()
	if err != nil {
		return 0, cutShort(err)
	}
	if r.header.Masked {
		b ^= r.header.Mask[(r.header.Length-r.left)%4]
	}
	r.left--
	return b, nil
}

// more goes to the next frame of the message if nothing is left of this one; io.EOF when there is none.
func (r *wsReader) more() error {
	for r.left == 0 {
		if !r.fragmented {
			return io.EOF
		}
		if err := r.nextFrame(); err != nil {
			return err
		}
	}
	return nil
}

// nextFrame goes to the next data frame.
func (r *wsReader) nextFrame() error {
	for {
		h, err := ws.ReadHeaderBuffer(r.in, r.space[:0])
		if errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
			return wire.Errorf(wire.CodeMalformed, "websocket: %v", err)
		}
		if err != nil {
			return cutShort(err)
		}
		state := ws.StateServerSide
		if r.client {
			state = ws.StateClientSide
		}
		if r.fragmented {
			state = state.Set(ws.StateFragmented)
		}
		if err := ws.CheckHeader(h, state); err != nil {
			return wire.Errorf(wire.CodeMalformed, "websocket: %v", err)
		}
		if !h.OpCode.IsControl() {
			r.header, r.left, r.fragmented = h, h.Length, !h.Fin
			return nil
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(r.in, payload); err != nil {
			return cutShort(err)
		}
		if h.Masked {
			ws.Cipher(payload, h.Mask, 0)
		}
		switch h.OpCode {
		case ws.OpPing:
			r.onPing(payload)
		case ws.OpClose:
			return closedError(payload)
		}
	}
}

// closedError reads the body of a close frame.
func closedError(body []byte) error {
	if len(body) == 0 {
		return &wsClosedError{cause: closedByPeer("")}
	}
	code, reason := ws.ParseCloseFrameData(body)
	if len(body) < 2 || !utf8.ValidString(reason) || ws.CheckCloseFrameData(code, reason) != nil {
		return wire.Errorf(wire.CodeMalformed, "websocket: close frame that RFC 6455 does not allow")
	}
	closed := &wsClosedError{answer: ws.NewCloseFrameBody(code, "")}
	switch code {
	case webSocketCoded:
		closed.cause = closedByPeer(reason)
	case webSocketOrderly, ws.StatusGoingAway:
		closed.cause = closedByPeer("")
	default:
		closed.cause = errConnectionLost(&webSocketCloseError{code, reason})
	}
	return closed
}

// errNotClosed is unlike io.EOF, which would make an object that was cut off by the network look malformed.
var errNotClosed = errors.New("websocket ended without being closed")

func cutShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errNotClosed
	}
	return err
}
