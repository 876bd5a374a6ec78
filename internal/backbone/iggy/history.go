package iggy

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

// historyCount is how many messages are read at a time.
const historyCount = 16

// Read hands over what was published on a topic from a time on, by the clock of the server, up to what was there when it was
// called: in order, as far as the server has kept it. at is when it was, msg is valid until handle returns.
func Read(ctx context.Context, c Config, t backbone.Topic, from time.Time, handle func(at time.Time, msg []byte)) error {
	to, err := c.endpoint()
	if err != nil {
		return err
	}
	conn := &connection{endpoint: to, stream: identifier(to.stream), name: "history", log: c.Logger, leftBehind: &atomic.Int32{}}
	defer conn.close()
	l := logOf(t)
	end, err := poll(ctx, conn, l.id, iggcon.LastPollingStrategy(), 1)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading from Iggy at %s: %w", to.addr, err)
	}
	at := iggcon.TimestampPollingStrategy(uint64(from.UnixMicro()))
	for ctx.Err() == nil {
		polled, err := poll(ctx, conn, l.id, at, historyCount)
		if err != nil {
			return fmt.Errorf("reading from Iggy at %s: %w", to.addr, err)
		}
		for _, m := range polled.Messages {
			if name, msg := open(m.Payload); name == t.String() {
				handle(time.UnixMicro(int64(m.Header.Timestamp)), msg)
			}
			at = iggcon.OffsetPollingStrategy(m.Header.Offset + 1)
		}
		if len(polled.Messages) == 0 || at.Value > end.CurrentOffset {
			return nil
		}
	}
	return context.Cause(ctx)
}
