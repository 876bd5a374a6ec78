package wire

import (
	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire/pb"
)

// MarshalClient returns the bytes of m; more than limit fail with an *Error of code "message-too-large".
func MarshalClient(m *pb.ClientMessage, limit int) ([]byte, error) { return marshal(m, limit) }

// MarshalServer returns the bytes of m; more than limit fail with an *Error of code "message-too-large".
func MarshalServer(m *pb.ServerMessage, limit int) ([]byte, error) { return marshal(m, limit) }

// UnmarshalClient reads a message to a node. More than limit bytes, and bytes that do not parse, are malformed. A
// message of a kind this version does not know has a nil Kind.
func UnmarshalClient(b []byte, limit int) (*pb.ClientMessage, error) {
	m := &pb.ClientMessage{}
	return m, unmarshal(b, limit, m)
}

// UnmarshalServer reads a message to a client. More than limit bytes, and bytes that do not parse, are malformed. A
// message of a kind this version does not know has a nil Kind.
func UnmarshalServer(b []byte, limit int) (*pb.ServerMessage, error) {
	m := &pb.ServerMessage{}
	return m, unmarshal(b, limit, m)
}

func marshal(m proto.Message, limit int) ([]byte, error) {
	if size := proto.Size(m); size > limit {
		return nil, Errorf(CodeMessageTooLarge, "the message takes %d bytes, the limit is %d: send less at once", size, limit)
	}
	b, err := proto.Marshal(m)
	if err != nil {
		return nil, Errorf(CodeMalformed, "the message can't be encoded: %v", err)
	}
	return b, nil
}

func unmarshal(b []byte, limit int, into proto.Message) error {
	if len(b) > limit {
		return errControlTooLong(uint64(len(b)), limit)
	}
	if err := proto.Unmarshal(b, into); err != nil {
		return Errorf(CodeMalformed, "the control message is not what control.proto describes: %v", err)
	}
	return nil
}

func errControlTooLong(size uint64, limit int) error {
	return Errorf(CodeMalformed, "a control message of %d bytes is over the limit of %d", size, limit)
}
