package e2ee

import (
	"crypto/hmac"
	"slices"
	"time"

	"github.com/openconfab/confab/media"
)

const (
	// maxAhead is how many ratchet steps a receiver derives by itself.
	maxAhead = 8
	// keepOld is how long a key is kept after the first frame under a newer one.
	keepOld = 10 * time.Second
	// maxEpochs bounds what a sender can make a receiver keep.
	maxEpochs = 32
)

// keychain holds the keys of one sender and opens its frames.
type keychain struct {
	index uint32
	// epochs are sorted from the oldest to the newest key.
	epochs []*epoch
}

// epoch is one base key of a sender.
type epoch struct {
	keyID
	base  []byte
	slots map[uint8]*openSlot
	// expires is when the key is erased; zero while it is the newest in use.
	expires time.Time
}

// openSlot is one slot of a sender under one base key. It exists once a frame of it has authenticated.
type openSlot struct {
	key    *frameKey
	window replayWindow
}

func newEpoch(id keyID, base []byte) *epoch {
	return &epoch{keyID: id, base: base, slots: make(map[uint8]*openSlot)}
}

// add takes a base key that came with a KEY.
func (c *keychain) add(id keyID, base []byte) error {
	i, found := slices.BinarySearchFunc(c.epochs, id, func(e *epoch, id keyID) int { return e.compare(id) })
	if found {
		if !hmac.Equal(c.epochs[i].base, base) {
			return fail(Equivocation, "the sender's key is not what its ratchet gives")
		}
		return nil
	}
	c.insert(i, newEpoch(id, base))
	return nil
}

func (c *keychain) insert(i int, e *epoch) {
	c.epochs = slices.Insert(c.epochs, i, e)
	if len(c.epochs) > maxEpochs {
		c.epochs[0].erase()
		c.epochs = slices.Delete(c.epochs, 0, 1)
	}
}

// standing says how a frame's key relates to those held.
type standing uint8

const (
	keyHeld standing = iota
	// keyPast is older than what is held: it was erased or never sent, and nobody will send it again.
	keyPast
	// keyFuture is newer than what is held: it may be on its way.
	keyFuture
)

// find returns the epoch of a frame. If it had to be derived it is not part of the chain yet, and place is where it
// belongs; else place is -1.
func (c *keychain) find(f frameID) (e *epoch, place int, s standing) {
	for i, e := range slices.Backward(c.epochs) {
		if uint8(e.gen) != f.gen {
			continue
		}
		switch ahead := (f.step - uint8(e.step)) & 0xf; {
		case ahead == 0:
			return e, -1, keyHeld
		case ahead <= maxAhead:
			return e.ahead(ahead), i + 1, keyHeld
		}
	}
	if len(c.epochs) == 0 || int8(f.gen-uint8(c.epochs[len(c.epochs)-1].gen)) > 0 {
		return nil, -1, keyFuture
	}
	return nil, -1, keyPast
}

// ahead is the epoch that follows e after some ratchet steps.
func (e *epoch) ahead(steps uint8) *epoch {
	base := e.base
	for range steps {
		base = ratchet(base)
	}
	return newEpoch(keyID{gen: e.gen, step: e.step + uint32(steps)}, base)
}

// open opens a frame that came from this sender on a track of the given source.
func (c *keychain) open(dst []byte, s *scratch, source media.Source, metadata, frame []byte, now time.Time) ([]byte, frameHeader, standing, error) {
	h, err := parseFrameHeader(frame)
	if err != nil {
		return dst, h, keyHeld, err
	}
	id, ok := parseKID(h.kid)
	switch {
	case !ok || id.index != c.index:
		return dst, h, keyHeld, fail(SenderMismatch, "frame is of another sender than the one it came from")
	case media.Source(id.slot/media.MaxLayers) != source:
		return dst, h, keyHeld, fail(SourceMismatch, "frame is of another source than the track it came on")
	}
	e, place, standing := c.find(id)
	if standing != keyHeld {
		return dst, h, standing, fail(KeyUnknown, "no key for this frame")
	}
	in := e.slots[id.slot]
	fresh := in == nil
	if fresh {
		in = &openSlot{key: suiteAES256.newKey(e.base, h.kid)}
	}
	if !in.window.fresh(h.ctr) {
		return dst, h, keyHeld, fail(FrameReplayed, "frame was received before, or is too old to tell")
	}
	out, err := in.key.open(dst, s, h, metadata, frame)
	if err != nil {
		return dst, h, keyHeld, err
	}
	in.window.mark(h.ctr)
	if fresh {
		e.slots[id.slot] = in
		if place >= 0 {
			c.insert(place, e)
		}
		c.retire(e, now)
	}
	return out, h, keyHeld, nil
}

// retire starts the end of every key older than e, under which a frame has authenticated.
func (c *keychain) retire(e *epoch, now time.Time) {
	for _, old := range c.epochs {
		if old == e {
			return
		}
		if old.expires.IsZero() {
			old.expires = now.Add(keepOld)
		}
	}
}

// expire erases the keys whose time is over and returns when the next one's will be, zero if none.
func (c *keychain) expire(now time.Time) (next time.Time) {
	c.epochs = slices.DeleteFunc(c.epochs, func(e *epoch) bool {
		if e.expires.IsZero() {
			return false
		}
		if e.expires.After(now) {
			next = earliest(next, e.expires)
			return false
		}
		e.erase()
		return true
	})
	return next
}

// nextExpiry returns when the first key is to be erased, zero if none is.
func (c *keychain) nextExpiry() (next time.Time) {
	for _, e := range c.epochs {
		next = earliest(next, e.expires)
	}
	return next
}

func (c *keychain) erase() {
	for _, e := range c.epochs {
		e.erase()
	}
	c.epochs = nil
}

func (e *epoch) erase() {
	clear(e.base)
	e.slots = nil
}

// earliest returns the earlier of two times, of which a zero one means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
