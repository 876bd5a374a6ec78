package doctor

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// askings is how often the node is asked when there is no better way to measure.
	askings = 8
	// slowTrip is from where on people interrupt each other: the way from one to the other takes as long as this round trip.
	// ITU-T G.114 gives 150 ms for the whole way from mouth to ear.
	slowTrip = 150 * time.Millisecond
	// unsteady is how much longer the slowest objects may take before sound stutters or is held back.
	unsteady = 60 * time.Millisecond
)

// checkRoundTrip tells how long the way to the node and back takes: of sound through it or, when no room could be joined, of
// requests.
func checkRoundTrip(ctx context.Context, p *patient) Finding {
	if len(p.paths) == 0 {
		return p.askRoundTrip(ctx)
	}
	const closer = "The node is far away, or something on the way holds packets back: try a node nearer by, a cable instead of Wi-Fi, and see whether something else uses the line."
	summary := "to the node and back:"
	slow, shaky := false, false
	for _, path := range p.paths {
		median, most := path.percentile(50), path.percentile(99)
		summary += fmt.Sprintf(" %s half in %s, all but one in a hundred in %s;", path.kind, ms(median), ms(most))
		slow = slow || median > slowTrip
		shaky = shaky || most-median > unsteady
	}
	switch summary = summary[:len(summary)-1]; {
	case slow:
		return warning(summary, "People will interrupt each other. "+closer)
	case shaky:
		return warning(summary, "Sound will be held back so that it does not stutter. "+closer)
	}
	return ok(summary)
}

func (p *patient) askRoundTrip(ctx context.Context) Finding {
	var times []time.Duration
	for range askings {
		start := time.Now()
		if _, _, err := p.get(ctx); err != nil {
			return warning("some requests to the node get no answer: "+err.Error(), "Try again; if it stays so, look at the node's load and at the network.")
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	summary := fmt.Sprintf("a request is answered in %s (half of them), at most %s", ms(times[askings/2]), ms(times[askings-1]))
	if times[askings/2] > slowTrip {
		return warning(summary, "The node is far away or busy: people will interrupt each other. Try a node nearer by.")
	}
	return ok(summary)
}
