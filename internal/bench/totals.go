package bench

import (
	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/media"
)

// kind is what is reported apart.
type kind = media.Kind

const (
	audio = media.Audio
	video = media.Video
)

// totals adds up results of workers.
type totals struct {
	joins     Joins
	joinTimes *histogram
	firsts    *histogram
	lag       *histogram
	latency   latencies
	sent      map[uint32]sent
	received  map[workload.Path]map[uint32]tally // by stream
	used      usage
	troubles  []string
}

func newTotals() *totals {
	return &totals{
		joins:     Joins{Transports: make(map[string]int)},
		joinTimes: newHistogram(),
		firsts:    newHistogram(),
		lag:       newHistogram(),
		latency:   newLatencies(),
		sent:      make(map[uint32]sent),
		received:  make(map[workload.Path]map[uint32]tally),
	}
}

func (t *totals) add(r *result) {
	t.joins.Joined += r.Joined
	t.joins.Failed += r.Failed
	t.joins.Ended += r.Ended
	t.joins.Silent += r.Silent
	for name, n := range r.Transports {
		t.joins.Transports[name] += n
	}
	t.joinTimes.merge(r.Joins)
	t.firsts.merge(r.Firsts)
	t.lag.merge(r.Lag)
	t.latency.merge(r.Latency)
	for id, s := range r.Sent {
		t.sent[id] = s
	}
	for path, received := range r.Received {
		if t.received[path] == nil {
			t.received[path] = make(map[uint32]tally)
		}
		for id, got := range received {
			t.received[path][id] = t.received[path][id].plus(got)
		}
	}
	t.used.CPU += r.Usage.CPU
	t.used.Waited += r.Usage.Waited
	for _, trouble := range r.Troubles {
		if len(t.troubles) < maxTroubles {
			t.troubles = append(t.troubles, trouble)
		}
	}
}

// delivery compares what subscribers got with what was sent to them; nil when there is nobody to get anything.
func (t *totals) delivery(plan workload.Plan, receivers map[uint32]workload.Receivers, k kind, path workload.Path) *Delivery {
	d := &Delivery{}
	subscriptions := 0
	for _, p := range plan.Participants {
		for _, s := range p.Streams {
			if s.Kind() != k {
				continue
			}
			to := receivers[s.ID][path]
			subscriptions += to
			got := t.received[path][s.ID]
			d.Expected += uint64(to) * t.sent[s.ID].Frames
			d.Refused += uint64(to) * t.sent[s.ID].Refused
			d.Delivered += got.Delivered
			d.Late += got.Late
			d.Duplicates += got.Duplicates
			d.Bytes += got.Bytes
		}
	}
	if subscriptions == 0 {
		return nil
	}
	d.Lost = d.Expected - min(d.Delivered, d.Expected)
	d.Latency = timesOf(t.latency.of(k, path))
	return d
}
