package transport

import (
	"errors"
	"sync/atomic"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"

	"github.com/openconfab/confab/internal/wire"
)

const (
	// uniStreamType heads a unidirectional stream of a WebTransport session (draft-ietf-webtrans-http3 §4.2).
	uniStreamType = 0x54
	// firstStreamError is what the codes of WebTransport streams are added to (same draft, §4.4); true for codes under 30.
	firstStreamError quic.StreamErrorCode = 0x52e4a40fa8db
	// HTTP/3 and the control stream keep the urgency they begin with, 3; groups come after them.
	firstGroupUrgency = 4
)

// wtGroup is a unidirectional stream. It is opened on the QUIC connection and not on the session, because a session's
// streams have no urgency and send their header apart from the first object.
type wtGroup struct {
	conn   *wtConn
	stream *quic.SendStream
	// head is what goes before the first object.
	head  []byte
	reset atomic.Bool
}

func (c *wtConn) OpenGroup(alias uint64) (Group, error) {
	if err := c.errOr(nil); err != nil {
		return nil, err
	}
	stream, err := c.quic.OpenUniStream()
	if _, limited := errors.AsType[*quic.StreamLimitReachedError](err); limited {
		return nil, ErrTooManyGroups
	}
	if err != nil {
		return nil, c.errOr(err)
	}
	head := quicvarint.Append(make([]byte, 0, 32), uniStreamType)
	head = quicvarint.Append(head, uint64(c.sessionID))
	g := &wtGroup{conn: c, stream: stream, head: wire.AppendVarint(head, alias)}
	g.SetUrgency(UrgencyRest)
	if !c.sending.add(g) {
		g.Reset()
		return nil, c.errOr(nil)
	}
	return g, nil
}

func (g *wtGroup) SetUrgency(u Urgency) {
	g.stream.SetPriority(firstGroupUrgency+int8(min(u, UrgencyRest)), true)
}

func (g *wtGroup) Write(o *wire.Object) error {
	if err := g.conn.errOr(nil); err != nil {
		return err
	}
	prefix := wire.AppendVarint(g.head, uint64(o.Len()))
	g.head = g.head[:0]
	err := writePrefixed(g.stream, prefix, o.Bytes())
	if err == nil {
		return nil
	}
	if err := g.conn.errOr(nil); err != nil {
		return err
	}
	if _, reset := errors.AsType[*quic.StreamError](err); reset || g.reset.Load() {
		return ErrStale
	}
	return err
}

func (g *wtGroup) Close() error {
	if len(g.head) > 0 {
		g.Reset()
		return nil
	}
	g.conn.sending.remove(g)
	if g.reset.Load() {
		return ErrStale
	}
	return g.stream.Close()
}

func (g *wtGroup) Reset() {
	g.reset.Store(true)
	g.conn.sending.remove(g)
	g.stream.CancelWrite(firstStreamError + wire.StreamResetStale)
}
