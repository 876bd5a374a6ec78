package wire

// Flags is the first byte of an immutable header. Spec: wire.md §3.2.
type Flags uint8

// The bits of Flags besides the temporal id.
const (
	FlagKeyframe    Flags = 1 << 0
	FlagDiscardable Flags = 1 << 1
	FlagLevel       Flags = 1 << 4
	FlagLastOfGroup Flags = 1 << 5

	flagsTemporalShift       = 2
	flagsTemporal      Flags = 3 << flagsTemporalShift
	flagsReserved      Flags = 3 << 6
)

// MaxTemporalID is the highest temporal layer that Flags can name.
const MaxTemporalID = 3

// Keyframe reports whether the frame can be decoded without an earlier one.
func (f Flags) Keyframe() bool { return f&FlagKeyframe != 0 }

// Discardable reports whether no other frame needs this one.
func (f Flags) Discardable() bool { return f&FlagDiscardable != 0 }

// TemporalID returns the temporal layer, 0 to 3.
func (f Flags) TemporalID() uint8 { return uint8(f & flagsTemporal >> flagsTemporalShift) }

// LevelPresent reports whether the header carries an audio level.
func (f Flags) LevelPresent() bool { return f&FlagLevel != 0 }

// LastOfGroup reports whether no object of the group comes after this one.
func (f Flags) LastOfGroup() bool { return f&FlagLastOfGroup != 0 }

// WithTemporalID returns f with the temporal layer, which must be 0 to MaxTemporalID.
func (f Flags) WithTemporalID(id uint8) Flags {
	if id > MaxTemporalID {
		panic("wire: temporal id out of range")
	}
	return f&^flagsTemporal | Flags(id)<<flagsTemporalShift
}
