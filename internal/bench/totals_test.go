package bench

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/media"
)

// TestLossCounting: two workers with good paths and one with a slow one, whose subscribers lost some of what was sent.
func TestLossCounting(t *testing.T) {
	sound := workload.Stream{ID: 0, Source: media.Microphone}
	picture := workload.Stream{ID: 1, Source: media.Camera}
	plan := workload.Plan{Rooms: 1, Participants: []workload.Participant{
		{Streams: []workload.Stream{sound, picture}},
		{Receives: true}, {Receives: true}, {Receives: true}, {Receives: true, Path: workload.Slow},
	}}
	result := func(path workload.Path, received map[uint32]tally) *result {
		r := &result{Joined: 1, Joins: newHistogram(), Firsts: newHistogram(), Lag: newHistogram(), Latency: newLatencies(), Received: map[workload.Path]map[uint32]tally{path: received}}
		r.Latency.of(audio, path).record(time.Millisecond)
		return r
	}
	all := newTotals()
	first := result(workload.Good, map[uint32]tally{0: {Delivered: 200, Bytes: 200}, 1: {Delivered: 55, Late: 5, Bytes: 5500}})
	first.Sent = map[uint32]sent{0: {Frames: 100}, 1: {Frames: 30, Refused: 2}}
	all.add(first)
	all.add(result(workload.Good, map[uint32]tally{0: {Delivered: 99, Duplicates: 3, Bytes: 99}, 1: {Delivered: 28, Bytes: 2800}}))
	all.add(result(workload.Slow, map[uint32]tally{0: {Delivered: 90, Bytes: 90}}))

	receivers := plan.Receivers()
	for name, tt := range map[string]struct {
		got  *Delivery
		want Delivery
	}{
		"audio":      {all.delivery(plan, receivers, audio, workload.Good), Delivery{Expected: 300, Delivered: 299, Lost: 1, Duplicates: 3, Bytes: 299}},
		"video":      {all.delivery(plan, receivers, video, workload.Good), Delivery{Expected: 90, Delivered: 83, Lost: 7, Refused: 6, Late: 5, Bytes: 8300}},
		"slow audio": {all.delivery(plan, receivers, audio, workload.Slow), Delivery{Expected: 100, Delivered: 90, Lost: 10, Bytes: 90}},
		"slow video": {all.delivery(plan, receivers, video, workload.Slow), Delivery{Expected: 30, Lost: 30, Refused: 2}},
	} {
		tt.got.Latency = Times{}
		if *tt.got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, *tt.got, tt.want)
		}
	}
	good, slow := all.latency.of(audio, workload.Good).count(), all.latency.of(audio, workload.Slow).count()
	if all.joins.Joined != 3 || good != 2 || slow != 1 {
		t.Errorf("%+v, latencies of %d and %d", all.joins, good, slow)
	}
	plan.Participants = plan.Participants[:4]
	if d := all.delivery(plan, plan.Receivers(), audio, workload.Slow); d != nil {
		t.Errorf("without slow subscribers: %+v", d)
	}
}
