package client

import (
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// grace is how long one who may come back, as after the node's restart, is kept as it was.
const grace = 10 * time.Second

// Quality is how well the link of a participant does.
type Quality uint8

// The qualities.
const (
	// Lost: there is no connection at the moment.
	Lost Quality = iota + 1
	Poor
	Good
	Excellent
)

// String returns the quality's name.
func (q Quality) String() string {
	switch q {
	case Lost:
		return "lost"
	case Poor:
		return "poor"
	case Good:
		return "good"
	case Excellent:
		return "excellent"
	default:
		return "unknown"
	}
}

// Participant is somebody else in the room. It is the same Participant after an interruption or a restart of the node;
// one who left and came again is another. Its methods may be called concurrently.
type Participant struct {
	room     *Room
	identity string

	// What follows is guarded by the lock of the room.

	session      string
	announcement []byte
	// decodes has a bit for every codec that it can decode.
	decodes uint
	// earlier: it was in the room when this session joined.
	earlier bool
	name    string
	// renamed is set when it has told another name than that of its announcement, attributes are what it told besides.
	renamed    bool
	attributes map[string]string
	roles      e2ee.Roles
	encryption Encryption
	quality    Quality
	grants     Grants
	hand       int64
	tracks     map[media.Source]*RemoteTrack
	// shown is set when ParticipantJoined was sent.
	shown   bool
	leaving *leaving
	// tracksDue is until when one who came back may take its time to publish its tracks again.
	tracksDue time.Time
}

// leaving is how one is kept who has left.
type leaving struct {
	// final: by its own wish or a host's; it does not come back as the same.
	final bool
	// until when it is kept in any case. released: it can decrypt nothing that is sent now.
	until    time.Time
	released bool
}

// Identity returns who it is to the node: stable over its joinings, unique in the room.
func (p *Participant) Identity() string { return p.identity }

// Session returns which of its joinings this is.
func (p *Participant) Session() string {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.session
}

// Name returns the display name, "" if it gave none or is [Refused]. Names are not unique.
func (p *Participant) Name() string {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.name
}

// Attributes returns what it says of itself besides the name. The map is not to be changed.
func (p *Participant) Attributes() map[string]string {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.attributes
}

// Roles returns what it says it is.
func (p *Participant) Roles() e2ee.Roles {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.roles
}

// Encryption returns how it stands with regard to encryption.
func (p *Participant) Encryption() Encryption {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.encryption
}

// Quality returns how well its link does.
func (p *Participant) Quality() Quality {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.quality
}

// Grants returns what it may do.
func (p *Participant) Grants() Grants {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.grants
}

// Hand returns when it raised its hand, zero if it has not. Hands are in the order of these times.
func (p *Participant) Hand() time.Time {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return handTime(p.hand)
}

// Away reports whether its connection is lost and it may come back.
func (p *Participant) Away() bool {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.leaving != nil || p.quality == Lost
}

// Decodes reports whether it says that it can decode a codec.
func (p *Participant) Decodes(c media.Codec) bool {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.decodes>>c&1 != 0
}

// Tracks returns what it publishes.
func (p *Participant) Tracks() []*RemoteTrack {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	list := make([]*RemoteTrack, 0, len(p.tracks))
	for _, t := range p.tracks {
		list = append(list, t)
	}
	return list
}

// Track returns the track of a source, nil if it publishes none.
func (p *Participant) Track(s media.Source) *RemoteTrack {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	return p.tracks[s]
}

// SafetyCode returns the code of this participant and oneself, to be read to each other (spec/e2ee.md §9). It fails for one
// who is no member.
func (p *Participant) SafetyCode() (string, error) {
	code, err := p.room.secured().pairSafetyCode(p.Session())
	return code, public(err)
}

// The methods below are called with the lock of the room held.

// take takes what the node says of the participant.
func (p *Participant) take(info *pb.ParticipantInfo) {
	p.grants, p.hand = grantsOf(info.GetGrants()), info.GetHandMs()
	p.decodes = 0
	for _, name := range info.GetCapabilities().GetDecode() {
		if codec, err := media.ParseCodec(name); err == nil {
			p.decodes |= 1 << codec
		}
	}
}

// stand takes what encryption says of the participant.
func (p *Participant) stand(m e2ee.Member) {
	p.roles = m.Roles
	// A name that is known is not taken back while one who came again is being verified.
	if !p.renamed && (m.Name != "" || m.State == e2ee.Verified) {
		p.name = m.Name
	}
	switch {
	case m.State == e2ee.Refused || m.State == e2ee.Apart:
		p.encryption, p.name = Refused, m.Name
	case p.room.config.Keys.kind == unencrypted:
		p.encryption = Unencrypted
	case m.Flagged != "" || m.Undecryptable != "":
		p.encryption = Failing
	default:
		p.encryption = Encrypted
	}
}

// published takes a track that the node tells of.
func (p *Participant) published(info *pb.TrackInfo) {
	source, known := fromWire(info.GetSource())
	if !known || info.GetTrack() == nil {
		return
	}
	t := p.tracks[source]
	if t == nil {
		t = &RemoteTrack{participant: p, source: source}
		p.tracks[source] = t
		t.bind(info)
		p.room.events.send(TrackPublished{t})
		return
	}
	t.bind(info)
	p.room.events.send(TrackUpdated{t})
	if t.subscription != nil {
		t.subscription.ask()
	}
}

func (p *Participant) unpublish(t *RemoteTrack) {
	if p.tracks[t.source] != t {
		return
	}
	delete(p.tracks, t.source)
	if s := t.subscription; s != nil {
		t.subscription = nil
		p.room.media.unbind(s)
		s.end(errNotPublished)
	}
	p.room.events.send(TrackUnpublished{t})
}

// leave notes that the participant is not in the room at the moment.
func (p *Participant) leave(final bool, now time.Time) {
	p.leaving = &leaving{final: final, until: now}
	if final {
		for _, t := range p.tracks {
			p.unpublish(t)
		}
		return
	}
	p.leaving.until = now.Add(grace)
	p.room.events.send(ParticipantUpdated{p})
}

// takeAway ends the stay of a participant.
func (r *Room) takeAway(p *Participant) {
	for _, t := range p.tracks {
		p.unpublish(t)
	}
	if r.people[p.identity] == p {
		delete(r.people, p.identity)
	}
	r.events.send(ParticipantLeft{p})
}

// expire takes those away whose grace is over, and tracks that did not come back. It takes the lock.
func (r *Room) expire(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.people {
		switch {
		case p.leaving != nil && p.leaving.released && !p.leaving.until.After(now):
			r.takeAway(p)
		case p.leaving == nil && !p.tracksDue.IsZero() && !p.tracksDue.After(now):
			p.tracksDue = time.Time{}
			for _, t := range p.tracks {
				if t.session != p.session {
					p.unpublish(t)
				}
			}
		}
	}
}
