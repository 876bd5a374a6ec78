package workload

import "fmt"

// slow: what those on bad networks cost the others.
var slow = Workload{
	Name:     "slow",
	Summary:  "a webinar with 10 % of the subscribers on a path of 300 kbit/s, 100 ms and 2 % loss",
	defaults: webinar.defaults,
	plan: func(s Size) (Plan, error) {
		if s.Subscribers < slowEvery {
			return Plan{}, fmt.Errorf("workload slow: %d subscribers at least are needed for one of them to be slow", slowEvery)
		}
		p, n := talk(s), 0
		for i := range p.Participants {
			if !p.Participants[i].Receives {
				continue
			}
			n++
			if n%slowEvery == 0 {
				p.Participants[i].Path = Slow
			}
		}
		return p, nil
	},
}

// slowEvery makes one subscriber in so many slow.
const slowEvery = 10
