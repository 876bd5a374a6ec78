package e2ee

import (
	"bytes"
	"slices"
	"time"

	"github.com/openconfab/confab/media"
)

// Held is what a session holds to open the frames of one member. It is secret: who has it can read what the member sends
// under these keys, and forge it.
type Held struct {
	// Session, Name and Index are the member's.
	Session string
	Name    string
	Index   uint32
	Keys    []HeldKey
}

// HeldKey is a base key of a member.
type HeldKey struct {
	Gen, Step uint32
	Base      []byte
}

// Held returns what is held of the verified members, in memory of its own. Only a recorder may store it, and only while its
// recording goes on (spec/e2ee.md §5.7). [KeyReceived] tells when there is something new.
func (s *Session) Held() []Held {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Held
	for m := range s.present() {
		h := Held{Session: m.session, Name: m.name(), Index: m.in.keys.index}
		for _, e := range m.in.keys.epochs {
			h.Keys = append(h.Keys, HeldKey{Gen: e.gen, Step: e.step, Base: bytes.Clone(e.base)})
		}
		if len(h.Keys) > 0 {
			all = append(all, h)
		}
	}
	return all
}

// Opener opens frames with keys that were stored. Its methods are for one goroutine at a time.
type Opener struct {
	chains  map[string]*keychain
	scratch scratch
}

// NewOpener returns an Opener, which takes the keys over.
func NewOpener(held []Held) *Opener {
	o := &Opener{chains: map[string]*keychain{}}
	for _, h := range held {
		c := &keychain{index: h.Index}
		for _, k := range h.Keys {
			c.epochs = append(c.epochs, newEpoch(keyID{gen: k.Gen, step: k.Step}, k.Base))
		}
		slices.SortFunc(c.epochs, func(a, b *epoch) int { return a.compare(b.keyID) })
		o.chains[h.Session] = c
	}
	return o
}

// Open appends the frame record in an object of a session to dst, and returns the source that it is of. It fails with
// [KeyUnknown] for frames under keys that are not held and can't be derived, [MemberUnknown] for a session that none are
// held of, and otherwise as [Session.Open].
func (o *Opener) Open(dst []byte, from string, header, payload []byte) (plaintext []byte, source media.Source, err error) {
	c := o.chains[from]
	if c == nil {
		return dst, 0, fail(MemberUnknown, "no key of this session is held")
	}
	h, err := parseFrameHeader(payload)
	if err != nil {
		return dst, 0, err
	}
	// There is no track to hold it against: the header is authenticated.
	id, _ := parseKID(h.kid)
	source = media.Source(id.slot / media.MaxLayers)
	plaintext, _, _, err = c.open(dst, &o.scratch, source, header, payload, time.Time{})
	return plaintext, source, err
}

// Close erases the keys.
func (o *Opener) Close() {
	for _, c := range o.chains {
		c.erase()
	}
}
