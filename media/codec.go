package media

import "fmt"

// Codec is an encoding of audio or video. The numbers are those of the frame record (spec/e2ee.md §8).
type Codec uint8

// The codecs. Zero is none.
const (
	Opus Codec = iota + 1
	VP8
	VP9
	H264
	AV1
)

var codecNames = [...]string{Opus: "opus", VP8: "vp8", VP9: "vp9", H264: "h264", AV1: "av1"}

// String returns the name that participants list as their capability, such as "vp8".
func (c Codec) String() string {
	if c.Valid() {
		return codecNames[c]
	}
	return fmt.Sprintf("codec(%d)", uint8(c))
}

// Valid reports whether c is one of the codecs above.
func (c Codec) Valid() bool { return c >= Opus && c <= AV1 }

// Kind returns Audio for Opus and Video for the others.
func (c Codec) Kind() Kind {
	if c == Opus {
		return Audio
	}
	return Video
}

// ParseCodec is the inverse of [Codec.String].
func ParseCodec(name string) (Codec, error) {
	for c := Opus; c <= AV1; c++ {
		if codecNames[c] == name {
			return c, nil
		}
	}
	return 0, fmt.Errorf("media: unknown codec %q: use opus, vp8, vp9, h264 or av1", name)
}
