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

// class tells apart what is reported apart: the kind, and whether the path is the slow one.
type class struct {
	kind kind
	slow bool
}

// totals adds up results of workers.
type totals struct {
	joins     Joins
	joinTimes *histogram
	firsts    *histogram
	lag       *histogram
	latency   map[class]*histogram
	sent      map[uint32]sent
	received  map[bool]map[uint32]tally // by whether the path is slow, and stream
	used      usage
	troubles  []string
}

func newTotals() *totals {
	t := &totals{
		joins:     Joins{Transports: make(map[string]int)},
		joinTimes: newHistogram(),
		firsts:    newHistogram(),
		lag:       newHistogram(),
		latency:   make(map[class]*histogram),
		sent:      make(map[uint32]sent),
		received:  map[bool]map[uint32]tally{false: {}, true: {}},
	}
	for _, k := range []kind{audio, video} {
		for _, slow := range []bool{false, true} {
			t.latency[class{k, slow}] = newHistogram()
		}
	}
	return t
}

func (t *totals) add(r *result, slow bool) {
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
	t.latency[class{audio, slow}].merge(r.Audio)
	t.latency[class{video, slow}].merge(r.Video)
	for id, s := range r.Sent {
		t.sent[id] = s
	}
	for id, got := range r.Received {
		t.received[slow][id] = t.received[slow][id].plus(got)
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
func (t *totals) delivery(plan workload.Plan, receivers map[uint32]workload.Receivers, k kind, slow bool) *Delivery {
	d := &Delivery{}
	subscriptions := 0
	for _, p := range plan.Participants {
		for _, s := range p.Streams {
			if s.Kind() != k {
				continue
			}
			to := receivers[s.ID].Good
			if slow {
				to = receivers[s.ID].Slow
			}
			subscriptions += to
			got := t.received[slow][s.ID]
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
	d.Latency = timesOf(t.latency[class{k, slow}])
	return d
}
