package iggy

import (
	"context"
	"hash/fnv"
	"strconv"

	iggcon "github.com/apache/iggy/foreign/go/contracts"

	"github.com/openconfab/confab/internal/backbone"
)

const (
	// roomShards is how many logs the rooms share, and as many their media: a node reads only those of its own rooms.
	// Spec: backbone.md §1.5.
	roomShards = 8
	// mediaKept and eventsKept are how long the server is to keep what nobody will read any more.
	mediaKept  = 10 * iggcon.Second
	eventsKept = 5 * iggcon.Minute
	// sealed is what seal adds at most.
	sealed = 256
)

// partition is the only one of each log: what is to stay in order can't be spread.
var partition = uint32(0)

// A log is one of the server's topics.
type log struct {
	name string
	id   iggcon.Identifier
	kept iggcon.Duration
	// inbox: it is there for as long as its node is.
	inbox bool
}

// logOf returns the log that carries a topic.
func logOf(t backbone.Topic) log {
	l := log{name: t.String(), kept: eventsKept, inbox: t.IsInbox()}
	switch {
	case t.IsRoom():
		l.name = "confab.v1.rooms." + shard(t)
	case t.IsMedia():
		l.name = "confab.v1.medias." + shard(t)
	case t.Lane() != backbone.Control:
		l.kept = mediaKept
	}
	l.id = identifier(l.name)
	return l
}

func shard(t backbone.Topic) string {
	sum := fnv.New32a()
	sum.Write([]byte(t.String()))
	return strconv.Itoa(int(sum.Sum32() % roomShards))
}

func identifier(name string) iggcon.Identifier {
	id, err := iggcon.NewIdentifier(name)
	if err != nil {
		panic("iggy: " + name + ": " + err.Error())
	}
	return id
}

// locate returns the offset that the next message of a log will have. The log, and the stream, are made if there are none.
func locate(ctx context.Context, c *connection, l log) (next uint64, err error) {
	polled, err := poll(ctx, c, l.id, iggcon.LastPollingStrategy(), 1)
	if missing(err) {
		if err = create(ctx, c, l); err == nil {
			polled, err = poll(ctx, c, l.id, iggcon.LastPollingStrategy(), 1)
		}
	}
	switch {
	case err != nil:
		return 0, err
	case len(polled.Messages) > 0:
		return polled.Messages[len(polled.Messages)-1].Header.Offset + 1, nil
	case polled.CurrentOffset > 0:
		return polled.CurrentOffset + 1, nil
	default:
		return 0, nil
	}
}

func poll(ctx context.Context, c *connection, id iggcon.Identifier, from iggcon.PollingStrategy, count uint32) (*iggcon.PolledMessage, error) {
	return call(ctx, c, func(client iggcon.Client) (*iggcon.PolledMessage, error) {
		return client.PollMessages(c.stream, id, iggcon.DefaultConsumer(), from, count, false, &partition)
	})
}

// create makes a log, and the stream if need be. Another node may be faster.
func create(ctx context.Context, c *connection, l log) error {
	err := createTopic(ctx, c, l)
	if missing(err) {
		if err = createStream(ctx, c); err == nil {
			err = createTopic(ctx, c, l)
		}
	}
	return err
}

func createTopic(ctx context.Context, c *connection, l log) error {
	_, err := call(ctx, c, func(client iggcon.Client) (*iggcon.TopicDetails, error) {
		return client.CreateTopic(c.stream, l.name, 1, iggcon.CompressionAlgorithmNone, l.kept, 0, nil)
	})
	if taken(err) {
		return nil
	}
	return err
}

func createStream(ctx context.Context, c *connection) error {
	_, err := call(ctx, c, func(client iggcon.Client) (*iggcon.StreamDetails, error) {
		return client.CreateStream(c.endpoint.stream)
	})
	if taken(err) {
		return nil
	}
	return err
}

// seal puts the name of its topic before a message, for logs are shared.
func seal(t backbone.Topic, msg []byte) []byte {
	b := make([]byte, 0, 1+len(t.String())+len(msg))
	b = append(b, byte(len(t.String())))
	b = append(b, t.String()...)
	return append(b, msg...)
}

// open parts what seal has joined. A message that was not sealed is of no topic.
func open(b []byte) (topic string, msg []byte) {
	if len(b) == 0 || int(b[0]) >= len(b) {
		return "", nil
	}
	end := 1 + int(b[0])
	return string(b[1:end]), b[end:]
}
