package e2ee

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/openconfab/confab/media"
)

const (
	recordVersion = 1

	recordConfig     = 1 << 0
	recordDimensions = 1 << 1
	recordRotation   = 3 << 2
	recordRedundancy = 1 << 4
	recordReserved   = 7 << 5

	rotationShift = 2
	maxDimension  = 16384
)

// AppendRecord appends the frame record of f, the plaintext of an object (spec/e2ee.md §8), to dst. Keyframe is not
// part of it. Errors say which field of f breaks the contract of [media.Frame]: [CodecUnknown], [FlagsInvalid],
// [OutOfRange], [TextInvalid], [PayloadEmpty].
func AppendRecord(dst []byte, f *media.Frame) ([]byte, error) {
	if err := checkFrame(f); err != nil {
		return dst, err
	}
	flags := byte(f.Rotation / 90 << rotationShift)
	if f.Config != nil {
		flags |= recordConfig
	}
	if f.Width != 0 {
		flags |= recordDimensions
	}
	if f.Redundancy != nil {
		flags |= recordRedundancy
	}
	dst = append(dst, recordVersion, byte(f.Codec), flags)
	dst = appendVarint(dst, uint64(f.Timestamp.Microseconds()))
	dst = appendVarint(dst, uint64(f.Duration.Microseconds()))
	if f.Width != 0 {
		dst = appendVarint(dst, uint64(f.Width))
		dst = appendVarint(dst, uint64(f.Height))
	}
	if c := f.Config; c != nil {
		dst = append(append(dst, byte(len(c.Codec))), c.Codec...)
		dst = appendLP(dst, c.Description)
	}
	if r := f.Redundancy; r != nil {
		dst = appendVarint(dst, uint64(r.Delta.Microseconds()))
		dst = appendVarint(dst, uint64(len(r.Payload)))
		dst = append(dst, r.Payload...)
	}
	return append(dst, f.Payload...), nil
}

// ParseRecord is the inverse of [AppendRecord]. The frame shares memory with record; Keyframe is left false, for it
// is in the object's header. Errors: [Truncated], [VersionUnsupported], [NotMinimal] and those of AppendRecord.
func ParseRecord(record []byte) (media.Frame, error) {
	var f media.Frame
	if len(record) < 3 {
		return f, errRecordEnds()
	}
	if record[0] != recordVersion {
		return f, fail(VersionUnsupported, "frame record is of another version")
	}
	f.Codec = media.Codec(record[1])
	flags, rest := record[2], record[3:]
	if !f.Codec.Valid() {
		return f, errCodec()
	}
	forbidden := byte(recordReserved | recordRedundancy)
	if f.Codec.Kind() == media.Audio {
		forbidden = recordReserved | recordConfig | recordDimensions | recordRotation
	}
	if flags&forbidden != 0 {
		return f, fail(FlagsInvalid, "flags of the frame record are reserved or do not go with the codec")
	}
	f.Rotation = int(flags&recordRotation>>rotationShift) * 90

	var err error
	if f.Timestamp, rest, err = takeMicroseconds(rest); err != nil {
		return f, err
	}
	if f.Duration, rest, err = takeMicroseconds(rest); err != nil {
		return f, err
	}
	if flags&recordDimensions != 0 {
		if f.Width, rest, err = takeDimension(rest); err != nil {
			return f, err
		}
		if f.Height, rest, err = takeDimension(rest); err != nil {
			return f, err
		}
	}
	if flags&recordConfig != 0 {
		if f.Config, rest, err = takeConfig(rest); err != nil {
			return f, err
		}
	}
	if flags&recordRedundancy != 0 {
		if f.Redundancy, rest, err = takeRedundancy(rest); err != nil {
			return f, err
		}
	}
	f.Payload = rest
	return f, checkFrame(&f)
}

// checkFrame checks what both directions require of a frame.
func checkFrame(f *media.Frame) error {
	audio := f.Codec.Kind() == media.Audio
	switch {
	case !f.Codec.Valid():
		return errCodec()
	case audio && (f.Config != nil || f.Width != 0 || f.Height != 0 || f.Rotation != 0):
		return fail(FlagsInvalid, "an audio frame has no decoder configuration, dimensions or rotation")
	case !audio && f.Redundancy != nil:
		return fail(FlagsInvalid, "only audio frames carry redundancy")
	case f.Rotation != 0 && f.Rotation != 90 && f.Rotation != 180 && f.Rotation != 270:
		return fail(OutOfRange, "rotation is 0, 90, 180 or 270 degrees")
	case !inRange(f.Timestamp) || !inRange(f.Duration):
		return fail(OutOfRange, "timestamp and duration are 0 to 2⁵³−1 µs")
	case (f.Width != 0 || f.Height != 0) && (f.Width < 1 || f.Width > maxDimension || f.Height < 1 || f.Height > maxDimension):
		return fail(OutOfRange, "width and height are 1 to 16384")
	}
	if c := f.Config; c != nil {
		if !printable(c.Codec) {
			return fail(TextInvalid, "codec string is 1 to 255 printable ASCII characters")
		}
		if len(c.Description) > math.MaxUint16 {
			return fail(OutOfRange, "decoder description is over 65535 bytes")
		}
	}
	if r := f.Redundancy; r != nil {
		if r.Delta < time.Microsecond || !inRange(r.Delta) {
			return fail(OutOfRange, "redundancy is of an earlier frame")
		}
		if len(r.Payload) == 0 {
			return fail(PayloadEmpty, "redundancy has no payload")
		}
	}
	if len(f.Payload) == 0 {
		return fail(PayloadEmpty, "frame has no payload")
	}
	return nil
}

func inRange(d time.Duration) bool { return d >= 0 && d.Microseconds() <= maxExact }

func takeMicroseconds(b []byte) (time.Duration, []byte, error) {
	v, rest, err := takeVarint(b)
	if err != nil {
		return 0, nil, err
	}
	if v > maxExact {
		return 0, nil, fail(OutOfRange, "time is over 2⁵³−1 µs")
	}
	return time.Duration(v) * time.Microsecond, rest, nil
}

func takeDimension(b []byte) (int, []byte, error) {
	v, rest, err := takeVarint(b)
	if err != nil {
		return 0, nil, err
	}
	if v < 1 || v > maxDimension {
		return 0, nil, fail(OutOfRange, "width and height are 1 to 16384")
	}
	return int(v), rest, nil
}

func takeConfig(b []byte) (*media.DecoderConfig, []byte, error) {
	if len(b) < 1 || len(b) < 1+int(b[0])+2 {
		return nil, nil, errRecordEnds()
	}
	end := 1 + int(b[0])
	codec, b := string(b[1:end]), b[end:]
	size := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	if len(b) < size {
		return nil, nil, errRecordEnds()
	}
	return &media.DecoderConfig{Codec: codec, Description: b[:size:size]}, b[size:], nil
}

func takeRedundancy(b []byte) (*media.Redundancy, []byte, error) {
	delta, b, err := takeMicroseconds(b)
	if err != nil {
		return nil, nil, err
	}
	size, b, err := takeVarint(b)
	if err != nil {
		return nil, nil, err
	}
	if size > uint64(len(b)) {
		return nil, nil, errRecordEnds()
	}
	return &media.Redundancy{Delta: delta, Payload: b[:size:size]}, b[size:], nil
}

func printable(s string) bool {
	if len(s) < 1 || len(s) > math.MaxUint8 {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func errRecordEnds() error { return fail(Truncated, "frame record ends too early") }

func errCodec() error { return fail(CodecUnknown, "the codec is none of opus, vp8, vp9, h264, av1") }
