package workload

// audioRoom: many small objects.
var audioRoom = Workload{
	Name:     "audio",
	Summary:  "10 speakers without video to N subscribers",
	defaults: Size{Publishers: 10, Subscribers: 50},
	plan: func(s Size) (Plan, error) {
		return broadcast(s, func() []Stream { return []Stream{audio()} }), nil
	},
}
