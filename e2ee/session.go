package e2ee

import (
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/openconfab/confab/media"
)

// Config is what a session is made from.
type Config struct {
	// Secret is the meeting secret; zero for a meeting that was entered without one.
	Secret Secret
	// Room is the room id.
	Room string
	// Name is the display name, for the members only. At most MaxNameBytes of UTF-8 without control characters.
	Name string
	// Roles are what the member says it is. Without Publisher it has no sender key until [Session.StartSending].
	Roles Roles
	// Host is whom the link names; zero for a meeting in which nobody can prove to be in charge.
	Host Host
	// IdentitySeed is the 32-byte seed of the Ed25519 identity key, if the identity is to be kept over joins. Empty:
	// a new identity.
	IdentitySeed []byte
	// Previous is the session of the joining before in the same meeting, closed or not: what hosts had decided then, and who was
	// verified by emoji, goes on to count. nil: the first.
	Previous *Session
	// Decisions are what [Session.Decisions] returned in an earlier run of the program, in the same meeting. Empty: none are known.
	// Those of Previous go before.
	Decisions []byte
	// BatchBytes is how large an outgoing message may get, counting its parts; it has to be below the node's
	// limit for control messages. Zero: 60000.
	BatchBytes int
}

// Session is one member's part in one meeting, from joining to leaving; a resumed connection goes on with the same
// Session, every other joining needs a new one.
//
// It is a state machine without I/O. What the node tells goes into MemberJoined, MemberLeft, MemberRemoved and Receive;
// media and data go through Seal, Open, SealData and OpenData. After any of these, and whenever NextWake has come, call
// Advance; then take what Outgoing, Events and Opened hold, and send, show and play it. Time is passed in and must
// not go backwards.
//
// All methods may be called from any goroutine. One lock guards the whole; nothing but computing happens under it.
type Session struct {
	mu sync.Mutex

	meeting  *meeting
	verified bool
	batch    int
	identity ed25519.PrivateKey
	kem      hpke.PrivateKey
	self     *announcement
	message  []byte

	members []*member
	// byName holds those present, by session; byIndex those of them that are verified.
	byName  map[string]*member
	byIndex map[uint32]*member
	// past holds every announcement accepted, so that none is accepted twice.
	past map[annID]struct{}

	keys sender

	authority authority
	// kept is how many decisions there were when the application was last told to keep them, and when.
	kept struct {
		changes uint64
		at      time.Time
	}
	// proven are the identities whose emoji were the same.
	proven map[identityKey]struct{}
	// beats counts own heartbeats, beatAt is when the next one is due. paused is set while the connection is interrupted.
	beats  uint64
	beatAt time.Time
	paused bool
	// rosterChanged is when somebody was last let in or set apart; digest that of the roster since then, nil if not known.
	rosterChanged time.Time
	digest        *[32]byte

	wake     time.Time
	outgoing []Outgoing
	events   []Event
	opened   []Opened
	counts   map[Code]uint64
	scratch  scratch
	metadata []byte
	// waitingBytes is what all members' pending frames take.
	waitingBytes int
	closed       bool
}

// Outgoing is a message for the node to distribute: the common bytes and each part's payload to the part's session.
type Outgoing struct {
	Common []byte
	Parts  []Part
}

// Part is what one recipient gets.
type Part struct {
	To      string
	Payload []byte
}

// New starts a session. Errors: [RoomInvalid], [NameInvalid], [RolesInvalid]; [OutOfRange] for the seed, the batch size, or
// a previous session or decisions of another meeting.
func New(c Config, now time.Time) (*Session, error) {
	switch {
	case !validRoom(c.Room):
		return nil, errRoom()
	case c.Roles&^allRoles != 0:
		return nil, fail(RolesInvalid, "reserved role bits are set")
	case len(c.IdentitySeed) != 0 && len(c.IdentitySeed) != ed25519.SeedSize:
		return nil, fail(OutOfRange, "an identity seed has 32 bytes")
	case c.BatchBytes != 0 && c.BatchBytes < minBatchBytes:
		return nil, fail(OutOfRange, "BatchBytes is too small for a message")
	}
	if err := checkName(c.Name); err != nil {
		return nil, err
	}
	s := &Session{
		meeting:  newMeeting(c.Secret, c.Room),
		verified: c.Secret.Verified(),
		batch:    c.BatchBytes,
		byName:   make(map[string]*member),
		byIndex:  make(map[uint32]*member),
		past:     make(map[annID]struct{}),
		proven:   make(map[identityKey]struct{}),
		counts:   make(map[Code]uint64),

		authority: newAuthority(c.Host),
	}
	if s.batch == 0 {
		s.batch = defaultBatchBytes
	}
	s.kept.at = now
	if c.Previous != nil && !s.follow(c.Previous) {
		return nil, fail(OutOfRange, "the previous session is of another meeting")
	}
	seed := c.IdentitySeed
	if len(seed) == 0 {
		seed = random(ed25519.SeedSize)
	}
	s.identity = ed25519.NewKeyFromSeed(seed)
	kem, err := kemPrivate(random(kemSeedSize))
	if err != nil {
		return nil, fail(KEMInvalid, "cannot make a KEM key")
	}
	s.kem = kem
	s.self = &announcement{
		created: now,
		nonce:   [16]byte(random(16)),
		roles:   c.Roles,
		ik:      s.identity.Public().(ed25519.PublicKey),
		kem:     kem.PublicKey().Bytes(),
		name:    c.Name,
	}
	if c.Previous == nil && len(c.Decisions) > 0 {
		if err := s.restore(c.Decisions, now); err != nil {
			return nil, err
		}
	}
	s.message = sealAnnouncement(s.meeting, s.self, s.identity, random(12))
	if c.Roles&Publisher != 0 || s.authority.hosts(s.self.ik) {
		s.startSending(now)
	}
	return s, nil
}

// follow takes over what outlasts a joining, and reports whether the meeting is the same.
func (s *Session) follow(previous *Session) bool {
	previous.mu.Lock()
	defer previous.mu.Unlock()
	if previous.meeting.mid != s.meeting.mid || previous.authority.host != s.authority.host {
		return false
	}
	s.authority, s.proven = previous.authority.clone(), maps.Clone(previous.proven)
	return true
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Announcement returns the announcement to join with. It stays the same for the life of the session.
func (s *Session) Announcement() []byte { return slices.Clone(s.message) }

// Identity returns the public identity key.
func (s *Session) Identity() []byte { return slices.Clone(s.self.ik) }

// Verified reports whether the meeting has a secret. Without one the members shown may be the server's inventions
// until safety codes were compared.
func (s *Session) Verified() bool { return s.verified }

// Members returns the participants in the order in which they joined.
func (s *Session) Members() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Member, len(s.members))
	for i, m := range s.members {
		out[i] = s.view(m)
	}
	return out
}

// Member returns what is known of a participant that is present.
func (s *Session) Member(session string) (m Member, present bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.byName[session]; known != nil {
		return s.view(known), true
	}
	return Member{}, false
}

// SafetyCode returns the code of the whole meeting, over the identities of all verified members and one's own.
func (s *Session) SafetyCode() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := []ed25519.PublicKey{s.self.ik}
	for m := range s.present() {
		keys = append(keys, m.ik)
	}
	return safetyCode(s.meeting, keys)
}

// PairSafetyCode returns the code of this member and another. Error: [MemberUnknown] if the other is not verified.
func (s *Session) PairSafetyCode(session string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.lookup(session)
	if err != nil {
		return "", err
	}
	return safetyCode(s.meeting, []ed25519.PublicKey{s.self.ik, m.ik}), nil
}

// Counts returns how often each code occurred, for diagnosis. Messages of unknown type are under TypeUnexpected.
func (s *Session) Counts() map[Code]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// Outgoing takes the messages to send, in order.
func (s *Session) Outgoing() []Outgoing {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.outgoing
	s.outgoing = nil
	return out
}

// Events takes the events, in order.
func (s *Session) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.events
	s.events = nil
	return out
}

// Opened takes the frames and data messages that had to wait for a key, each sender's in the order in which they came.
func (s *Session) Opened() []Opened {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.opened
	s.opened = nil
	return out
}

// NextWake returns when Advance is to be called next, zero if there is no need to. It changes with every call that
// takes the time.
func (s *Session) NextWake() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// Advance does what is due at now.
func (s *Session) Advance(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.noteDecisions(now)
	presence := s.advancePresence(now)
	s.advanceKeys(now)
	s.wake = earliest(s.keys.wake(), presence)
	for _, m := range s.members {
		if m.state == Verified || m.state == Apart {
			s.wakeBy(s.advanceMember(m, now))
			s.wakeBy(s.advanceComparison(m, now))
		}
	}
}

// Close erases all keys. The session opens and seals nothing from then on.
func (s *Session) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.keys.erase()
	for _, m := range s.members {
		s.forget(m)
	}
	s.members, s.byName, s.byIndex = nil, map[string]*member{}, map[uint32]*member{}
	s.kem, s.identity, s.meeting.psk = nil, nil, nil
	s.outgoing, s.opened, s.wake = nil, nil, time.Time{}
}

// present yields the verified members.
func (s *Session) present() func(yield func(*member) bool) {
	return func(yield func(*member) bool) {
		for _, m := range s.members {
			if m.state == Verified && !yield(m) {
				return
			}
		}
	}
}

// lookup finds a verified member.
func (s *Session) lookup(session string) (*member, error) {
	m, err := s.participant(session)
	if err == nil && m.state == Apart {
		return nil, s.count(fail(m.reason, "the participant is set apart"))
	}
	return m, err
}

// participant finds one who is present and holds the secret, even if it is set apart.
func (s *Session) participant(session string) (*member, error) {
	m := s.byName[session]
	switch {
	case s.closed:
		return nil, fail(SessionClosed, "the session is closed")
	case m == nil:
		return nil, s.count(fail(MemberUnknown, "no such participant"))
	case m.state == Refused:
		return nil, s.count(fail(MemberRejected, "the participant is not a member: "+string(m.reason)))
	}
	return m, nil
}

// count counts err by its code and returns it.
func (s *Session) count(err error) error {
	if code := CodeOf(err); code != "" {
		s.counts[code]++
	}
	return err
}

func (s *Session) emit(kind EventKind, m *member, code Code) {
	s.events = append(s.events, Event{Kind: kind, Session: m.session, Name: m.name(), Code: code})
}

// wakeBy makes NextWake no later than t, unless t is zero.
func (s *Session) wakeBy(t time.Time) { s.wake = earliest(s.wake, t) }

// Opened is a frame or data message that came before its key.
type Opened struct {
	From   string
	Source media.Source
	Layer  uint8
	// Header is the immutable header of a frame, Topic that of a data message.
	Header []byte
	Topic  string
	// Ref is that of the Object.
	Ref       any
	Plaintext []byte
}
