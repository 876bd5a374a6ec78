package workload

import (
	"maps"
	"math"
	"time"

	"github.com/openconfab/confab/media"
)

// A Plan says who takes part in a load test. It is the same for the same Size.
type Plan struct {
	Participants []Participant `json:"participants"`
	// Rooms is how many rooms they are in.
	Rooms int `json:"rooms"`
	// AtOnce: all who send nothing join at the same moment instead of a few at a time.
	AtOnce bool `json:"atOnce,omitempty"`
}

// A Participant joins one room.
type Participant struct {
	// Room counts from 0.
	Room    int      `json:"room"`
	Streams []Stream `json:"streams,omitempty"`
	// Receives: it subscribes to every stream of the others in its room.
	Receives bool `json:"receives,omitempty"`
	Path     Path `json:"path,omitempty"`
}

// A Path is how what a participant receives comes to it.
type Path string

// The paths.
const (
	// Good is a path as good as there is.
	Good Path = ""
	// Slow is that of a bad network.
	Slow Path = "slow"
	// Far is a good one from another node than the publishers are at.
	Far Path = "far"
)

// A Stream is one track: frames of one size at equal distances. Keyframes are no larger than others, as with an encoder that
// holds its bitrate, so that the latency measured is that of the stream and not that of its largest burst.
type Stream struct {
	// ID is unique in the plan.
	ID     uint32       `json:"id"`
	Source media.Source `json:"source"`
	// Interval is the time between frames, and Phase when the first is due, 0 to Interval.
	Interval time.Duration `json:"interval"`
	Phase    time.Duration `json:"phase"`
	// Bytes is the length of a frame's payload.
	Bytes int `json:"bytes"`
	// Group is how many frames there are from one keyframe to the next, if nobody asks for one before.
	Group int `json:"group"`
}

// Kind returns whether the stream is audio or video.
func (s Stream) Kind() media.Kind { return s.Source.Kind() }

// Receivers returns how many participants subscribe to each stream, by its ID.
func (p Plan) Receivers() map[uint32]Receivers {
	inRoom := make([]Receivers, p.Rooms)
	for _, participant := range p.Participants {
		if participant.Receives {
			inRoom[participant.Room] = inRoom[participant.Room].plus(participant.Path, 1)
		}
	}
	receivers := make(map[uint32]Receivers)
	for _, participant := range p.Participants {
		others := inRoom[participant.Room]
		if participant.Receives {
			others = others.plus(participant.Path, -1)
		}
		for _, stream := range participant.Streams {
			receivers[stream.ID] = others
		}
	}
	return receivers
}

// Receivers counts who subscribes to a stream, by path. It is not changed.
type Receivers map[Path]int

func (r Receivers) plus(p Path, n int) Receivers {
	sum := maps.Clone(r)
	if sum == nil {
		sum = Receivers{}
	}
	sum[p] += n
	return sum
}

const (
	audioInterval = 20 * time.Millisecond
	// audioBytes is a frame of Opus at 48 kbit/s.
	audioBytes = 120
	// audioGroup is about a second. Spec: wire.md §3.3.
	audioGroup = 50
	// videoGroup is how many seconds a group of video lasts.
	videoGroup = 2
)

// builder numbers streams and spreads their phases.
type builder struct {
	plan Plan
	next uint32
}

func (b *builder) add(p Participant) {
	for i := range p.Streams {
		s := &p.Streams[i]
		s.ID = b.next
		s.Phase = time.Duration(spread(b.next) * float64(s.Interval))
		b.next++
	}
	b.plan.Participants = append(b.plan.Participants, p)
}

// spread returns the place of stream n in [0, 1), so that any number of streams are about evenly spread: multiples of the
// golden ratio.
func spread(n uint32) float64 {
	_, fraction := math.Modf(float64(n) * math.Phi)
	return fraction
}

func audio() Stream {
	return Stream{Source: media.Microphone, Interval: audioInterval, Bytes: audioBytes, Group: audioGroup}
}

// video returns a camera's stream of a bitrate in bits per second.
func video(bitrate, fps int) Stream { return frames(bitrate/8/fps, fps) }

func frames(bytes, fps int) Stream {
	return Stream{Source: media.Camera, Interval: time.Second / time.Duration(fps), Bytes: bytes, Group: videoGroup * fps}
}
