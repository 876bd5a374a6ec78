package e2ee

import "github.com/openconfab/confab/media"

// EventKind says what happened in a session.
type EventKind uint8

const (
	// MemberVerified: a participant's announcement was accepted; it is given keys. With a zero secret this shows no
	// more than that it speaks the protocol.
	MemberVerified EventKind = iota + 1
	// MemberRefused: a participant is not a member, for the reason in Code. It gets no keys and its frames do not
	// open. Tell the user: with Code MACInvalid, somebody is in the room who does not hold the invitation link.
	MemberRefused
	// MemberGone: a member left, and the key that excludes it is in use. It follows MemberLeft by seconds; until
	// then show the member. Not sent for participants that were refused.
	MemberGone
	// MemberFlagged: a member misbehaved in a way that no accident explains; Code says how. Warn the user by name.
	MemberFlagged
	// MemberUndecryptable: frames of a member have not opened for a while. Code is KeyMissing or FrameInvalid.
	MemberUndecryptable
	// MemberDecryptable: a frame of such a member opened.
	MemberDecryptable
	// KeyframeWanted: video of a member on Source was lost while its key was missing. The key is here now: ask the node
	// for keyframes of the member's tracks of that source.
	KeyframeWanted
	// IndexCollision: the member in Session has the index of this session, which has to leave and join again with a
	// new Session if it is the newer of the two. Happens once in billions of joins.
	IndexCollision
	// KeyInUse: this session seals under a new key, that of Gen and Step.
	KeyInUse
	// KeyframeNeeded: make a keyframe of every video now, for members switch to a new generation. Follows KeyInUse.
	KeyframeNeeded
	// KeyReceived: what [Session.Held] returns has changed by a key of a member.
	KeyReceived
	// MemberApart: a participant that holds the secret is given no keys and is not heard, for the reason in Code:
	// [NotAdmitted] by a host, [RemovedByHost], or [Silent]. Show it as such. MemberVerified follows if it is let in.
	MemberApart
	// MemberDiffers: for half a minute a member has given its keys to others than this session does. Warn: somebody may be
	// listening whom not everybody sees, or a removal was withheld. MemberAgrees: no longer so.
	MemberDiffers
	MemberAgrees
	// HostingChanged: this member became a host of the meeting or ceased to be one.
	HostingChanged
	// GuardChanged: [Session.Guarded] may have changed.
	GuardChanged
	// ComparisonChanged: [Member.Comparison] of a member changed.
	ComparisonChanged
	// Decided: what [Session.Decisions] returns has changed.
	Decided
)

// Event is something that the application should know or show.
type Event struct {
	Kind EventKind
	// Session is the participant's session at the node; empty for events that are about no participant.
	Session string
	// Name is the member's display name, as far as it is known.
	Name string
	Code Code
	// Source is that of KeyframeWanted.
	Source media.Source
	// Gen and Step are those of the key, for KeyInUse.
	Gen, Step uint32
}
