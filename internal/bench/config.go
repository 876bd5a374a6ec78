package bench

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
)

// Config says what to test, and with what.
type Config struct {
	// Workload is a name of package workload, and Size what it leaves to choose.
	Workload string
	Size     workload.Size
	// Server is the node's address, such as https://meet.example.com. For the workload slow it must be reachable from a
	// network namespace of this machine.
	Server string
	// SubscriberServers are the nodes at which those join who only receive, in turn; none: Server. It may be among them, so
	// that the figures tell what a hop between nodes adds.
	SubscriberServers []string
	// Transport is auto, webtransport or websocket.
	Transport string
	// Opaque leaves out encryption, which costs the generator much and the node nothing.
	Opaque bool
	// Duration is how long to measure.
	Duration time.Duration
	// Late is the latency from which a frame is of no use.
	Late time.Duration
	// Processes is how many processes join the participants; 1: this one.
	Processes int
	// Command is the command line of a process that runs ServeWorker on its standard input and output. It is needed for more
	// than one process, and for the workload slow.
	Command []string
	// ServerPIDs are the nodes' processes on this machine; none: what they use is not measured.
	ServerPIDs []int
	// Token returns a join token for an identity in a room; nil: everybody joins as a guest.
	Token func(room, identity string, lasts time.Duration) (string, error)
	// Progress gets a line now and then; nil: it is not told.
	Progress io.Writer
}

// Transports are the values of Config.Transport.
var Transports = []string{"auto", "webtransport", "websocket"}

func (c *Config) validate() error {
	for _, server := range append([]string{c.Server}, c.SubscriberServers...) {
		u, err := url.Parse(server)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("bench: the server is a node's address, such as https://meet.example.com")
		}
	}
	switch {
	case !slices.Contains(Transports, c.Transport):
		return fmt.Errorf("bench: there is no transport %q", c.Transport)
	case c.Duration < time.Second:
		return errors.New("bench: measure for a second at least")
	case c.Late <= 0:
		return errors.New("bench: the latency from which a frame is late must be positive")
	case c.Processes < 1:
		return errors.New("bench: one process at least is needed")
	case c.Processes > 1 && len(c.Command) == 0:
		return errors.New("bench: without a command there is one process only")
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	return nil
}
