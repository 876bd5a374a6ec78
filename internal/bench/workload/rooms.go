package workload

import (
	"errors"
	"fmt"
)

// rooms: what a node does on a usual day.
var rooms = Workload{
	Name:     "rooms",
	Summary:  "R rooms of 5 who all send 500 kbit/s video and audio, and receive each other",
	defaults: Size{Bitrate: meetingBitrate},
	plan: func(s Size) (Plan, error) {
		if s.Publishers != 0 && s.Publishers != s.Subscribers {
			return Plan{}, errors.New("workload rooms: everybody sends, so give the number of rooms by --rooms alone")
		}
		return meeting(s), nil
	},
	complete: func(s Size) (Size, error) {
		switch {
		case s.Rooms == 0 && s.Subscribers == 0:
			s.Rooms = 4
		case s.Rooms == 0:
			s.Rooms = s.Subscribers / roomOf
		}
		if s.Subscribers != 0 && s.Subscribers != s.Rooms*roomOf {
			return s, fmt.Errorf("workload rooms: %d participants do not make %d rooms of %d: give --rooms alone",
				s.Subscribers, s.Rooms, roomOf)
		}
		s.Subscribers = s.Rooms * roomOf
		return s, nil
	},
}

// roomOf is how many are in a room.
const roomOf = 5
