package doctor

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

const (
	// mtuTime is how long the connection may take to find out what fits: a few probes, some round trips each.
	mtuTime  = 2 * time.Second
	mtuEvery = 200 * time.Millisecond
	// largestDatagram is more than any path of the Internet carries.
	largestDatagram = 1500
	// soundDatagram is what a datagram of sound with redundancy takes at most, as browsers send it.
	soundDatagram = 1000
)

// checkMTU finds out how large datagrams to the node can be. The node drops those that it gets, for it knows nothing of their
// alias.
func checkMTU(ctx context.Context, p *patient) Finding {
	if len(p.works) == 0 || p.works[len(p.works)-1] != transport.WebTransport {
		return skipped("there is no connection by UDP")
	}
	conn, _, err := p.connect(ctx, transport.WebTransport)
	if err != nil {
		return warning("the second connection by UDP failed: "+err.Error(), "Try again: something on the way allows one connection and not the next.")
	}
	defer hangUp(conn)
	largest := 0
	for waited := time.Duration(0); waited < mtuTime; waited += mtuEvery {
		select {
		case <-time.After(mtuEvery):
		case <-ctx.Done():
		}
		fits, err := fits(conn)
		if err != nil {
			return warning("sending by UDP failed: "+err.Error(), "Try again; if it stays so, a firewall ends UDP connections early.")
		}
		largest = max(largest, fits)
	}
	if largest < soundDatagram {
		return warning(fmt.Sprintf("datagrams of at most %d bytes fit", largest),
			"A VPN or tunnel on the way makes packets small. Sound is sent on streams then, which loss holds up more.")
	}
	return ok(fmt.Sprintf("datagrams of %d bytes fit", largest))
}

// fits returns the size of the largest datagram that the connection takes at present.
func fits(conn transport.Conn) (int, error) {
	var failure error
	size := sort.Search(largestDatagram, func(payload int) bool {
		if payload == 0 || failure != nil {
			return failure != nil
		}
		o := wire.NewObject(wire.Header{}, make([]byte, payload))
		defer o.Release()
		err := conn.SendDatagram(unusedAlias, o)
		if err != nil && !errors.Is(err, transport.ErrDatagramTooLarge) {
			failure = err
		}
		return err != nil
	})
	return size - 1, failure
}

// unusedAlias is one under which nothing is published.
const unusedAlias = 0
