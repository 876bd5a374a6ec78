package bench

import (
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
)

// latencies holds a histogram for each kind and path. It is not changed after it was made.
type latencies map[workload.Path]map[kind]*histogram

func newLatencies() latencies {
	l := latencies{}
	for _, path := range []workload.Path{workload.Good, workload.Slow, workload.Far} {
		l[path] = map[kind]*histogram{audio: newHistogram(), video: newHistogram()}
	}
	return l
}

func (l latencies) of(k kind, p workload.Path) *histogram { return l[p][k] }

func (l latencies) merge(from latencies) {
	for path, kinds := range from {
		for k, h := range kinds {
			l[path][k].merge(h)
		}
	}
}

// worst returns the longest of a percentile of all kinds and paths.
func (l latencies) worst(percentile float64) (worst time.Duration) {
	for _, kinds := range l {
		for _, h := range kinds {
			worst = max(worst, h.percentile(percentile))
		}
	}
	return worst
}
