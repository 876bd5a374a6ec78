package wire

import (
	"bufio"
	"errors"
	"io"
)

// The first byte of a WebSocket message. Spec: wire.md §§2.1, 3.6.
const (
	WebSocketControl byte = 0
	WebSocketObject  byte = 1
)

// Codes with which streams of groups are ended before their time. Spec: wire.md §3.5.
const (
	// StreamResetStale: the sender abandoned the group.
	StreamResetStale = 1
	// StreamResetMalformed: the receiver stops reading because it can't make sense of the stream.
	StreamResetMalformed = 2
)

// Subprotocol is the WebSocket subprotocol of this version.
const Subprotocol = "confab.v1"

// Path is where a node takes connections, for both transports.
const Path = "/v1/rt"

// AppendControl appends a control message as it goes on a stream: its length, then the message.
func AppendControl(b, msg []byte) []byte {
	return append(AppendVarint(b, uint64(len(msg))), msg...)
}

// ReadControl reads a control message from a stream. It fails with io.EOF when the stream ends before it, with an *Error
// when the message is longer than limit or cut short, and otherwise with r's error.
func ReadControl(r *bufio.Reader, limit int) ([]byte, error) {
	size, err := ReadVarint(r)
	if err != nil {
		return nil, err
	}
	if size > uint64(limit) {
		return nil, errControlTooLong(size, limit)
	}
	msg := make([]byte, size)
	if n, err := io.ReadFull(r, msg); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, Errorf(CodeMalformed, "a control message of %d bytes ends after %d", size, n)
		}
		return nil, err
	}
	return msg, nil
}

// AppendAliased appends an object as it goes in a datagram, and after the first byte of a WebSocket message.
func AppendAliased(b []byte, alias uint64, o *Object) []byte {
	return append(AppendVarint(b, alias), o.Bytes()...)
}

// ParseAliased reads what AppendAliased wrote. An object of more than maxObject bytes is "object-too-large".
func ParseAliased(b []byte, maxObject int) (alias uint64, o *Object, err error) {
	alias, n, err := ParseVarint(b)
	if err != nil {
		return 0, nil, err
	}
	if err := CheckObjectSize(uint64(len(b)-n), maxObject); err != nil {
		return alias, nil, err
	}
	o, err = ParseObject(b[n:])
	return alias, o, err
}

// AppendInGroup appends an object as it goes on a group's stream: its length, then the object.
func AppendInGroup(b []byte, o *Object) []byte {
	return append(AppendVarint(b, uint64(o.Len())), o.Bytes()...)
}

// ReadObjectSize reads the length before an object on a group's stream. It fails with io.EOF when the stream ends before
// it, with an *Error when the length is malformed or over maxObject, and otherwise with r's error.
func ReadObjectSize(r io.ByteReader, maxObject int) (int, error) {
	size, err := ReadVarint(r)
	if err != nil {
		return 0, err
	}
	return int(size), CheckObjectSize(size, maxObject)
}

// CheckObjectSize fails with an *Error of code "object-too-large" when size is over maxObject.
func CheckObjectSize(size uint64, maxObject int) error {
	if size > uint64(maxObject) {
		return Errorf(CodeObjectTooLarge, "an object of %d bytes is over the limit of %d: encode smaller frames", size, maxObject)
	}
	return nil
}
