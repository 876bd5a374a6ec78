package bench

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
)

// order is what the coordinator tells a worker, one JSON value each. The first holds the job; exactly one field is set.
type order struct {
	Job  *job  `json:"job,omitempty"`
	Join phase `json:"join,omitempty"`
	// Settle asks to wait until every subscription has got a frame.
	Settle bool `json:"settle,omitempty"`
	// Measure is the last order.
	Measure *window `json:"measure,omitempty"`
}

// phase says who joins: those who send first, so that those who only receive find something to receive.
type phase string

const (
	senders   phase = "senders"
	receivers phase = "receivers"
)

// news is what a worker tells the coordinator; exactly one field is set.
type news struct {
	// Joined and Settled answer the orders.
	Joined  *joined `json:"joined,omitempty"`
	Settled bool    `json:"settled,omitempty"`
	Failed  string  `json:"failed,omitempty"`
	// Progress comes every second, Result at the end.
	Progress *progress `json:"progress,omitempty"`
	Result   *result   `json:"result,omitempty"`
}

// joined is how a phase of joining went.
type joined struct {
	Joined int `json:"joined"`
	Failed int `json:"failed"`
	// Trouble is the error of one who failed.
	Trouble string `json:"trouble,omitempty"`
}

// job is one worker's share of a test.
type job struct {
	Server    string `json:"server"`
	Transport string `json:"transport"`
	// Epoch is that of the test's clock, in Unix nanoseconds.
	Epoch int64         `json:"epoch"`
	Late  time.Duration `json:"late"`
	// AtOnce: all who only receive join at the same moment.
	AtOnce  bool     `json:"atOnce,omitempty"`
	Slow    bool     `json:"slow,omitempty"`
	Members []member `json:"members"`
	// Streams are those of each room of the members.
	Streams map[string][]workload.Stream `json:"streams"`
}

// member is a participant of the job.
type member struct {
	Room string        `json:"room"`
	Path workload.Path `json:"path,omitempty"`
	// Server is the address of its node when it is not that of the job.
	Server string `json:"server,omitempty"`
	// Secret is the room's meeting secret; empty: nothing is encrypted.
	Secret   []byte            `json:"secret,omitempty"`
	Token    string            `json:"token,omitempty"`
	Sends    []workload.Stream `json:"sends,omitempty"`
	Receives bool              `json:"receives,omitempty"`
}

func (m member) phase() phase {
	if len(m.Sends) > 0 {
		return senders
	}
	return receivers
}

// progress is how far a worker has come.
type progress struct {
	Joined    int    `json:"joined"`
	Failed    int    `json:"failed"`
	Waiting   int    `json:"waiting"` // subscriptions without a frame yet
	Delivered uint64 `json:"delivered"`
	// P99 is the latency so far, of audio and video together the larger.
	P99 time.Duration `json:"p99"`
}

// result is what a worker has measured.
type result struct {
	Joined int `json:"joined"`
	Failed int `json:"failed"`
	// Ended is how many sessions ended before the test did, whether another followed or not.
	Ended int `json:"ended"`
	// Silent is how many subscriptions never got a frame.
	Silent int `json:"silent"`
	// Transports is how many joined by each.
	Transports map[string]int `json:"transports,omitempty"`
	// Troubles are the first few errors.
	Troubles []string `json:"troubles,omitempty"`

	Joins  *histogram `json:"joins"`
	Firsts *histogram `json:"firsts"`
	Lag    *histogram `json:"lag"`
	// Latency is by path and kind.
	Latency latencies `json:"latency"`

	// Sent is by stream, Received by path and stream.
	Sent     map[uint32]sent                    `json:"sent,omitempty"`
	Received map[workload.Path]map[uint32]tally `json:"received,omitempty"`

	Usage usage `json:"usage"`
	CPUs  int   `json:"cpus"`
}

// sent counts the frames of a stream that were due in the window.
type sent struct {
	Frames uint64 `json:"frames"`
	// Refused are those that the client dropped at once: see Delivery.
	Refused uint64 `json:"refused,omitempty"`
}

// tally adds up receipts.
type tally struct {
	Delivered  uint64 `json:"delivered"`
	Duplicates uint64 `json:"duplicates,omitempty"`
	Late       uint64 `json:"late,omitempty"`
	Bytes      uint64 `json:"bytes"`
}

func (t tally) plus(o tally) tally {
	return tally{t.Delivered + o.Delivered, t.Duplicates + o.Duplicates, t.Late + o.Late, t.Bytes + o.Bytes}
}

// mailer writes JSON values, from any goroutine.
type mailer struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

func newMailer(w io.Writer) *mailer { return &mailer{encoder: json.NewEncoder(w)} }

func (m *mailer) send(v any) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.encoder.Encode(v)
}
