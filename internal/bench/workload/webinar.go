package workload

// webinar: one speaks, everybody else watches.
var webinar = Workload{
	Name:     "webinar",
	Summary:  "1 publisher of 1.4 Mbit/s video at 30 fps and audio to N subscribers",
	defaults: Size{Publishers: 1, Subscribers: 50, Bitrate: 1_400_000},
	plan:     func(s Size) (Plan, error) { return talk(s), nil },
}

const webinarFPS = 30

func talk(s Size) Plan {
	return broadcast(s, func() []Stream { return []Stream{audio(), video(s.Bitrate, webinarFPS)} })
}
