package link

import (
	"errors"
	"math"
	"net"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// errClosed is why a link ends that was closed.
var errClosed = net.ErrClosed

// encode returns the bytes of a message that the link made itself, which has no reason to fail.
func encode(m *pb.ClientMessage) []byte {
	b, err := wire.MarshalClient(m, math.MaxInt)
	if err != nil {
		panic("link: " + err.Error())
	}
	return b
}

// errSilent is why a connection is given up that does not answer.
var errSilent = errors.New("the node does not answer")

// version is the protocol that this client speaks.
const version = 1
