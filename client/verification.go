package client

import (
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
)

// Alert is something that encryption found out about a participant and that people must be told of.
type Alert string

// The alerts.
const (
	// RosterDiffers: for half a minute it has given its keys to others than this client does: somebody may be listening whom not
	// everybody sees.
	RosterDiffers Alert = "roster-differs"
	// NotAdmitted: it is in the room although no host let it in. It is given no keys; see [Host.LetIn].
	NotAdmitted Alert = "not-admitted"
	// RemovedByHost: it is still there, or again, although a host removed it. It is given no keys.
	RemovedByHost Alert = "removed-by-host"
	// Silent: it gives no sign of life, and may have left without our being told. It is given no keys until it does.
	Silent Alert = "silent"
	// Misbehaved: it, or somebody in between, forged or contradicted something.
	Misbehaved Alert = "misbehaved"
)

// Alerts returns what people must be told of the participant, nothing for most. [ParticipantUpdated] follows every change.
func (p *Participant) Alerts() []Alert {
	m := p.known()
	var list []Alert
	switch m.Reason {
	case e2ee.NotAdmitted, e2ee.RemovedByHost, e2ee.Silent:
		list = append(list, Alert(m.Reason))
	}
	if m.Differs {
		list = append(list, RosterDiffers)
	}
	// No accident makes these, unlike a link that was copied without its end.
	if m.Flagged != "" || m.Reason == e2ee.AnnouncementReplayed || m.Reason == e2ee.SignatureInvalid {
		list = append(list, Misbehaved)
	}
	return list
}

// Host reports whether the participant is a host to encryption: the one whom the link names, or whom that one appointed. Whether the
// node takes it for one is in [Participant.Grants].
func (p *Participant) Host() bool { return p.known().Host }

// Verified reports whether emoji were compared with this participant's identity and were the same.
func (p *Participant) Verified() bool { return p.known().Proven }

// Comparison returns how far comparing emoji with the participant is, and the seven that are to be compared aloud, while it is
// [e2ee.CompareShown]. [ParticipantUpdated] follows every change.
func (p *Participant) Comparison() (e2ee.Comparison, []e2ee.Emoji) {
	m := p.known()
	return m.Comparison, m.Emoji
}

// StartComparing asks the participant to compare emoji, or answers if it has asked ([e2ee.CompareOffered]). Each of the two then
// sees seven pictures; they are the same if nobody is in between (spec/e2ee.md §15). A question that is not answered within
// [e2ee.CompareTimeout] is over by itself ([e2ee.CompareUnanswered]).
func (p *Participant) StartComparing() error {
	return public(p.room.secured().compare(p.Session()))
}

// FinishComparing tells whether both saw the same emoji. If they differ, somebody is in between, and the participant gets the
// alert [Misbehaved]. It does nothing unless they are shown.
func (p *Participant) FinishComparing(same bool) error {
	return public(p.room.secured().finishComparing(p.Session(), same))
}

// EndComparing declines what the participant asked, takes back what this client asked, or breaks off while the emoji are shown; the
// participant is told. Of a comparison that came to nothing it forgets why; of one that was judged, nothing.
func (p *Participant) EndComparing() error { return public(p.room.secured().endComparing(p.Session())) }

func (p *Participant) known() e2ee.Member { return p.room.secured().member(p.Session()) }

// NewMeeting returns the invitation link of a room that the holder of seed founds: whoever joins with it as Config.IdentitySeed is
// the host whom the link names, and decides who is given the keys where the room is locked or has a waiting room. Nothing is
// sent. base is the address of the node, such as https://meet.example.org; seed is 32 random bytes, to be kept as long and
// as secret as the right to decide, together with what Config.KeepDecisions is told. Errors: *[Error] of code [CodeLinkInvalid] or [CodeConfigInvalid].
func NewMeeting(base, room string, seed []byte) (string, error) {
	founder, err := e2ee.New(e2ee.Config{Room: room, IdentitySeed: seed}, time.Time{})
	if err != nil {
		return "", public(err)
	}
	defer founder.Close()
	if len(seed) == 0 {
		return "", invalid("a host needs a seed of 32 bytes: without it nobody could prove to be that host")
	}
	link, err := e2ee.FormatLink(base, room, e2ee.Invitation{Secret: e2ee.NewSecret(), Host: e2ee.HostOf(founder.Identity())})
	if err != nil {
		return "", &Error{Code: CodeLinkInvalid, Message: err.Error(), cause: err}
	}
	return link, nil
}

// LetIn gives the keys to a participant who is in the room although no host let it in; see [NotAdmitted]. The node has no part in
// it. It fails for one who is no host to encryption.
func (h Host) LetIn(p *Participant) error {
	r := h.room
	r.mu.Lock()
	announcement, security := p.announcement, r.security
	r.mu.Unlock()
	return hosted(security.admit(announcement))
}

// hosted translates an error of what only a host can do.
func hosted(err error) error {
	if code := e2ee.CodeOf(err); code == e2ee.NotHost {
		return errNoHost
	} else if code != "" {
		return &Error{Code: wire.CodeForbidden, Message: err.Error(), cause: err}
	}
	return err
}

// Guarded reports whether this client gives its keys to those only whom a host let in.
func (r *Room) Guarded() bool {
	_, guarded := r.secured().hosting()
	return guarded
}

// Host reports whether this client is a host to encryption: the one whom the link names, or whom that one appointed.
func (l *LocalParticipant) Host() bool {
	host, _ := l.room.secured().hosting()
	return host
}
