package wire

import (
	"io"
	"sync/atomic"
)

// Object is one encrypted frame with its clear header, in one immutable buffer that any number of readers share.
//
// It is counted: whoever gets an Object owns one reference, adds one with Retain for everybody it passes the object on
// to, and gives its own back with Release. The buffer is used again after the last Release; touching the object after
// that is a bug, which panics when it is noticed. Under the race detector, released objects are overwritten and never
// used again, so that it is noticed. Retain, Release and reading may be called concurrently.
type Object struct {
	Header
	headerLen int
	// buf holds immutable header ‖ payload.
	buf  []byte
	refs atomic.Int32
}

// NewObject returns an object with the header and a copy of the payload, which must not be empty.
func NewObject(h Header, payload []byte) *Object {
	if len(payload) == 0 {
		panic("wire: empty payload")
	}
	var head [MaxHeaderLen]byte
	header := h.Append(head[:0])
	o := newObject(len(header) + len(payload))
	o.Header = h
	o.headerLen = copy(o.buf, header)
	copy(o.buf[o.headerLen:], payload)
	return o
}

// ParseObject returns an object with a copy of b, which is immutable header ‖ payload.
func ParseObject(b []byte) (*Object, error) {
	h, n, err := parseObjectHeader(b)
	if err != nil {
		return nil, err
	}
	o := newObject(len(b))
	o.Header, o.headerLen = h, n
	copy(o.buf, b)
	return o, nil
}

// ReadObject reads an object whose immutable header and payload take size bytes. The buffer grows with what has
// arrived, so that a sender can't make the reader set aside memory for an announced size. It fails with an *Error when r
// ends early or the object is malformed, and otherwise with r's error.
func ReadObject(r io.Reader, size int) (*Object, error) {
	o := newObject(min(size, trustedSize))
	for filled := 0; ; {
		n, err := io.ReadFull(r, o.buf[filled:])
		filled += n
		if err != nil {
			o.Release()
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				return nil, Errorf(CodeMalformed, "an object of %d bytes ends after %d", size, filled)
			}
			return nil, err
		}
		if filled == size {
			break
		}
		grown := newObject(min(size, 4*filled))
		copy(grown.buf, o.buf)
		o.Release()
		o = grown
	}
	h, n, err := parseObjectHeader(o.buf)
	if err != nil {
		o.Release()
		return nil, err
	}
	o.Header, o.headerLen = h, n
	return o, nil
}

func parseObjectHeader(b []byte) (Header, int, error) {
	h, n, err := ParseHeader(b)
	if err == nil && n == len(b) {
		err = Errorf(CodeMalformed, "the object has no payload")
	}
	return h, n, err
}

// Bytes returns immutable header ‖ payload. It must not be changed, nor used after Release.
func (o *Object) Bytes() []byte {
	o.mustLive()
	return o.buf
}

// HeaderBytes returns the immutable header as it was received. It must not be changed, nor used after Release.
func (o *Object) HeaderBytes() []byte {
	o.mustLive()
	return o.buf[:o.headerLen]
}

// Payload returns the encrypted frame. It must not be changed, nor used after Release.
func (o *Object) Payload() []byte {
	o.mustLive()
	return o.buf[o.headerLen:]
}

// Len returns the length of Bytes.
func (o *Object) Len() int { return len(o.buf) }

// Retain adds a reference and returns o.
func (o *Object) Retain() *Object {
	if o.refs.Add(1) < 2 {
		panic("wire: object retained after its last release")
	}
	return o
}

// Release gives a reference back.
func (o *Object) Release() {
	switch refs := o.refs.Add(-1); {
	case refs == 0:
		recycle(o)
	case refs < 0:
		panic("wire: object released too often")
	}
}

func (o *Object) mustLive() {
	if o.refs.Load() < 1 {
		panic("wire: object used after its last release")
	}
}
