package matroska

import (
	"encoding/binary"
	"time"

	"github.com/at-wat/ebml-go/webm"
)

// Codec identifiers of the Matroska registry.
const (
	RawVideo = "V_UNCOMPRESSED"
	VP8      = "V_VP8"
	VP9      = "V_VP9"
	AV1      = "V_AV1"
	H264     = "V_MPEG4/ISO/AVC"
	Opus     = "A_OPUS"
)

// Track describes one track of a stream.
type Track struct {
	// Codec is one of the identifiers above, or another of the registry.
	Codec string
	// Private is the codec's own configuration, nil for most: an avcC record for H.264, an OpusHead for Opus.
	Private []byte
	// Width and Height are in pixels, 0 for audio.
	Width, Height int
	// Rate is in frames per second, 0 if not known.
	Rate float64
	// Channels is 0 for video.
	Channels int
}

// Block is one frame of a track.
type Block struct {
	// Track is an index into the list of tracks.
	Track int
	// Timestamp has the resolution of 1 ms.
	Timestamp time.Duration
	Keyframe  bool
	Data      []byte
}

// OpusHead returns the configuration of an Opus track (RFC 7845 §5.1) of 48 kHz and one or two channels, without pre-skip.
func OpusHead(channels int) []byte {
	head := append([]byte("OpusHead"), 1, byte(channels))
	head = binary.LittleEndian.AppendUint16(head, 0)
	head = binary.LittleEndian.AppendUint32(head, opusRate)
	return append(head, 0, 0, 0)
}

const (
	opusRate      = 48_000
	timestampUnit = time.Millisecond
	// opusPreRoll is what a decoder needs to hear before a point that is jumped to (RFC 7845 §4.6).
	opusPreRoll = 80 * time.Millisecond

	typeVideo = 1
	typeAudio = 2
)

// entry is webm.TrackEntry with the element that raw video needs.
type entry struct {
	TrackNumber     uint64      `ebml:"TrackNumber"`
	TrackUID        uint64      `ebml:"TrackUID"`
	CodecID         string      `ebml:"CodecID"`
	CodecPrivate    []byte      `ebml:"CodecPrivate,omitempty"`
	TrackType       uint64      `ebml:"TrackType"`
	DefaultDuration uint64      `ebml:"DefaultDuration,omitempty"`
	SeekPreRoll     uint64      `ebml:"SeekPreRoll,omitempty"`
	Audio           *webm.Audio `ebml:"Audio,omitempty"`
	Video           *video      `ebml:"Video,omitempty"`
}

type video struct {
	PixelWidth  uint64 `ebml:"PixelWidth"`
	PixelHeight uint64 `ebml:"PixelHeight"`
	ColourSpace []byte `ebml:"ColourSpace,omitempty"`
}

func (t *Track) entry(number uint64) entry {
	e := entry{TrackNumber: number, TrackUID: number, CodecID: t.Codec, CodecPrivate: t.Private}
	if t.Codec == Opus {
		e.TrackType = typeAudio
		e.SeekPreRoll = uint64(opusPreRoll)
		e.Audio = &webm.Audio{SamplingFrequency: opusRate, Channels: uint64(t.Channels)}
		return e
	}
	e.TrackType = typeVideo
	e.Video = &video{PixelWidth: uint64(t.Width), PixelHeight: uint64(t.Height)}
	if t.Rate > 0 {
		e.DefaultDuration = uint64(float64(time.Second) / t.Rate)
	}
	if t.Codec == RawVideo {
		e.Video.ColourSpace = []byte("I420")
	}
	return e
}

func (e *entry) track() Track {
	t := Track{Codec: e.CodecID, Private: e.CodecPrivate}
	if e.DefaultDuration > 0 {
		t.Rate = float64(time.Second) / float64(e.DefaultDuration)
	}
	if e.Audio != nil {
		t.Channels = int(e.Audio.Channels)
	}
	if e.Video != nil {
		t.Width, t.Height = int(e.Video.PixelWidth), int(e.Video.PixelHeight)
	}
	return t
}
