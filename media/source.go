package media

import "fmt"

// Source says what a track carries. The numbers are those of the SFrame slots (spec/e2ee.md §7), not those of the
// control protocol.
type Source uint8

// The sources. Data is not a track: it is what data messages are sealed under.
const (
	Microphone Source = iota
	Camera
	Screen
	ScreenAudio
	Data
)

// Sources is the number of sources; every valid Source is below it.
const Sources = 5

var sourceNames = [Sources]string{"microphone", "camera", "screen", "screen-audio", "data"}

// String returns the name that is used in tokens and logs, such as "screen-audio".
func (s Source) String() string {
	if s.Valid() {
		return sourceNames[s]
	}
	return fmt.Sprintf("source(%d)", uint8(s))
}

// Valid reports whether s is one of the sources above.
func (s Source) Valid() bool { return s < Sources }

// Kind returns what kind of media a track of this source carries.
func (s Source) Kind() Kind {
	switch s {
	case Microphone, ScreenAudio:
		return Audio
	case Camera, Screen:
		return Video
	default:
		return Other
	}
}

// ParseSource is the inverse of [Source.String].
func ParseSource(name string) (Source, error) {
	for i, n := range sourceNames {
		if n == name {
			return Source(i), nil
		}
	}
	return 0, fmt.Errorf("media: unknown source %q: use microphone, camera, screen, screen-audio or data", name)
}

// Kind is the kind of media.
type Kind uint8

// The kinds. Other is anything that is neither heard nor seen.
const (
	Audio Kind = iota
	Video
	Other
)

// String returns "audio", "video" or "other".
func (k Kind) String() string {
	switch k {
	case Audio:
		return "audio"
	case Video:
		return "video"
	default:
		return "other"
	}
}
