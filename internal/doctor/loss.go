package doctor

import (
	"context"
	"fmt"

	"github.com/openconfab/confab/internal/transport"
)

// much is the loss from which it is heard: Opus hides single losses.
const much = 0.02

// checkLoss tells how much of the sound did not come back.
func checkLoss(_ context.Context, p *patient) Finding {
	const advice = "Something on the way drops packets: try a cable instead of Wi-Fi, another network, and see whether something else uses the line."
	var summary string
	bad := false
	for i, path := range p.paths {
		if i > 0 {
			summary += "; "
		}
		lost := path.loss()
		summary += fmt.Sprintf("%.1f %% of %d objects by %s", 100*lost, path.lost+len(path.times), path.kind)
		bad = bad || lost > much
		if path.kind == transport.WebSocket && lost == 0 {
			summary += " (where loss only shows as delay)"
		}
	}
	if bad {
		return warning("lost on the way to the node and back: "+summary, advice)
	}
	return ok("lost on the way to the node and back: " + summary)
}
