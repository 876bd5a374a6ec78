package media

import "time"

// Frame is one encoded frame of audio or video, as it is before encryption and after decryption.
type Frame struct {
	// Timestamp is when the frame was captured, on the sender's media clock. All tracks of a sender share that
	// clock, so that a receiver can play them in sync; its zero means nothing to others. Resolution 1 µs, range
	// 0 to 2⁵³−1 µs.
	Timestamp time.Duration
	// Duration is how long the frame is heard or seen, 0 if not known. Resolution and range as for Timestamp.
	Duration time.Duration
	Codec    Codec
	// Keyframe says that the frame needs no earlier one. It travels in the clear object header (spec/wire.md §3.2),
	// not in the record, for the node has to know it. Every audio frame is a keyframe.
	Keyframe bool
	// Discardable says that no other frame needs this one, TemporalID which temporal layer it belongs to, 0 to 3. Both
	// travel in the clear header, for video only: the node leaves such frames out on a slow path.
	Discardable bool
	TemporalID  uint8
	// Level is how loud an audio frame is. It travels in the clear header, and only where the room allows it.
	Level Level
	// Config is what a decoder needs to start; nil unless the frame is a keyframe of video.
	Config *DecoderConfig
	// Width and Height are those of the coded picture in pixels, 1 to 16384; both 0 when not stated and for audio.
	Width, Height int
	// Rotation is by how many degrees clockwise the picture is to be turned: 0, 90, 180 or 270. 0 for audio.
	Rotation int
	// Redundancy is the audio frame before this one once more, so that a lost object costs nothing. nil: none.
	Redundancy *Redundancy
	// Payload is what the encoder made; never empty.
	Payload []byte
}

// Level is the loudness of an audio frame (RFC 6464). The zero value is unknown.
type Level struct {
	Known bool
	// Voice: somebody speaks.
	Voice bool
	// Loudness is in −dBov: 0 is the loudest, 127 is silence.
	Loudness uint8
}

// DecoderConfig configures a decoder.
type DecoderConfig struct {
	// Codec is the codec string of the WebCodecs registry, such as "avc1.42001f"; 1 to 255 printable ASCII bytes.
	Codec string
	// Description is the codec's own configuration record, at most 65535 bytes; empty for most codecs.
	Description []byte
}

// Redundancy is an earlier audio frame that travels with a later one.
type Redundancy struct {
	// Delta is how much earlier it was captured; more than 0.
	Delta time.Duration
	// Payload is the earlier frame's payload; never empty.
	Payload []byte
}
