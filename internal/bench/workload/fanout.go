package workload

// fanout: the relay and nothing else, at a rate and size that are easy to compare with other relays.
var fanout = Workload{
	Name:     "fanout",
	Summary:  "1 publisher of 60 frames/s of 4 KB to N subscribers",
	defaults: Size{Publishers: 1, Subscribers: 50, Bitrate: fanoutFPS * fanoutBytes * 8},
	plan: func(s Size) (Plan, error) {
		return broadcast(s, func() []Stream { return []Stream{video(s.Bitrate, fanoutFPS)} }), nil
	},
}

const (
	fanoutFPS   = 60
	fanoutBytes = 4096
)
