package workload

import "errors"

// mesh: a meeting in which everybody sees everybody.
var mesh = Workload{
	Name:     "mesh",
	Summary:  "N participants who all send 500 kbit/s video and audio, and receive each other",
	defaults: Size{Subscribers: 10, Rooms: 1, Bitrate: meetingBitrate},
	plan: func(s Size) (Plan, error) {
		if s.Publishers != 0 && s.Publishers != s.Subscribers {
			return Plan{}, errors.New("workload mesh: everybody sends, so give the number of participants by --subscribers alone")
		}
		if s.Subscribers < 2*s.Rooms {
			return Plan{}, errors.New("workload mesh: a room needs two participants at least")
		}
		return meeting(s), nil
	},
}

const (
	meetingBitrate = 500_000
	meetingFPS     = 30
)

func meeting(s Size) Plan {
	return everybody(s, func() []Stream { return []Stream{audio(), video(s.Bitrate, meetingFPS)} })
}
