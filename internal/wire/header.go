package wire

// MaxHeaderLen is the length in bytes of the longest immutable header.
const MaxHeaderLen = 2 + 2*MaxVarintLen

// Header is the clear part of an object that the node forwards byte for byte. Spec: wire.md §3.2.
type Header struct {
	Flags
	// Level is the audio level (RFC 6464: bit 7 voice activity, bits 0–6 −dBov), 0 unless LevelPresent.
	Level uint8
	// Group is newer the higher it is, over all layers of a track.
	Group uint64
	// Number counts the objects of a group from 0.
	Number uint64
}

// Voice reports whether the level says that somebody speaks.
func (h Header) Voice() bool { return h.LevelPresent() && h.Level&0x80 != 0 }

// Loudness returns the audio level in −dBov, 0 (loudest) to 127 (silence); 127 when the header has no level.
func (h Header) Loudness() uint8 {
	if !h.LevelPresent() {
		return 127
	}
	return h.Level & 0x7f
}

// Append appends the header's bytes. It panics when a reserved flag is set or a number is above MaxVarint.
func (h Header) Append(b []byte) []byte {
	if h.Flags&flagsReserved != 0 {
		panic("wire: reserved flag set")
	}
	b = append(b, byte(h.Flags))
	if h.LevelPresent() {
		b = append(b, h.Level)
	}
	b = AppendVarint(b, h.Group)
	return AppendVarint(b, h.Number)
}

// ParseHeader reads the header at the start of b and returns it with its length in bytes.
func ParseHeader(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return Header{}, 0, Errorf(CodeMalformed, "the object's header is missing")
	}
	h.Flags = Flags(b[0])
	n = 1
	if h.Flags&flagsReserved != 0 {
		return Header{}, 0, Errorf(CodeMalformed, "the object's header has a reserved flag set: %#02x", b[0])
	}
	if h.LevelPresent() {
		if len(b) < 2 {
			return Header{}, 0, Errorf(CodeMalformed, "the object's header is cut short in its level")
		}
		h.Level = b[1]
		n = 2
	}
	for _, v := range []*uint64{&h.Group, &h.Number} {
		var length int
		if *v, length, err = ParseVarint(b[n:]); err != nil {
			return Header{}, 0, err
		}
		n += length
	}
	return h, n, nil
}
