package backbone

import (
	"encoding/binary"
	"errors"
)

var errKept = errors.New("backbone: what was kept is malformed")

// A Kept is an object that a node has put into the log, for those who were away. Spec: backbone.md §4.4.
type Kept struct {
	// Session and Track tell whose it is.
	Session string
	Track   uint32
	// Object is its immutable header and payload.
	Object []byte
}

// AppendKept appends an object to a message for the topic of a room's media.
func AppendKept(b []byte, k Kept) []byte {
	b = binary.AppendUvarint(b, uint64(len(k.Session)))
	b = append(b, k.Session...)
	b = binary.AppendUvarint(b, uint64(k.Track))
	b = binary.AppendUvarint(b, uint64(len(k.Object)))
	return append(b, k.Object...)
}

// NextKept takes the first object out of such a message.
func NextKept(b []byte) (k Kept, rest []byte, err error) {
	session, b, ok := takeBytes(b)
	number, n := binary.Uvarint(b)
	if !ok || n <= 0 || number > 1<<32-1 {
		return k, nil, errKept
	}
	object, rest, ok := takeBytes(b[n:])
	if !ok {
		return k, nil, errKept
	}
	return Kept{Session: string(session), Track: uint32(number), Object: object}, rest, nil
}

func takeBytes(b []byte) (taken, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return b[n:end], b[end:], true
}
