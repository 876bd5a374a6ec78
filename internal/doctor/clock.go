package doctor

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// farOff is by how much a clock may be wrong before certificates no longer seem valid.
const farOff = 12 * time.Hour

// checkClock compares this machine's clock with the node's.
func checkClock(_ context.Context, p *patient) Finding {
	if p.date.IsZero() {
		return skipped("the node, or a proxy before it, does not tell the time")
	}
	off := p.asked.Sub(p.date)
	way := "ahead of"
	if off < 0 {
		off, way = -off, "behind"
	}
	summary := "this machine's clock is " + about(off) + " " + way + " the node's"
	const advice = "Set the clock that is wrong, and let it be kept by NTP."
	switch {
	case off > farOff:
		return failed(summary, advice+" Certificates and join tokens are judged by it.")
	case off > token.Leeway:
		return warning(summary, advice+" Join tokens that this machine's clock has dated are refused, or end too early.")
	}
	return ok("this machine's clock and the node's agree to within " + about(off))
}
