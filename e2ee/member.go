package e2ee

import (
	"crypto/cipher"
	"time"
)

// MemberState says where a participant stands.
type MemberState uint8

const (
	// Verified members are given keys and are heard.
	Verified MemberState = iota + 1
	// Refused participants are not members; see Member.Reason.
	Refused
	// Leaving members have left, but the key in use is still one that they were given.
	Leaving
	// Apart participants hold the secret, but are given no keys and are not heard; see Member.Reason.
	Apart
)

// Member is what a session knows of a participant.
type Member struct {
	// Session is the participant's session at the node.
	Session string
	State   MemberState
	// Reason is why a participant was refused or set apart.
	Reason Code
	// Name, Roles and Identity are what the member announced; zero for those that were refused. The name is not
	// unique: whoever holds the link can take any. Identity is the public Ed25519 key.
	Name     string
	Roles    Roles
	Identity []byte
	// Undecryptable is KeyMissing or FrameInvalid while frames of the member do not open.
	Undecryptable Code
	// Flagged is the code of the last misbehaviour.
	Flagged Code
	// Host is set for those who may admit and remove, Founder for the one whom the link names.
	Host, Founder bool
	// Differs is set while the member gives its keys to others than this session does.
	Differs bool
	// Comparison is how far comparing emoji with the member is, Emoji what to compare while it is CompareShown. Proven is
	// set once they were the same, also for a later joining under the same identity.
	Comparison Comparison
	Emoji      []Emoji
	Proven     bool
}

// member is a participant, seen from this session.
type member struct {
	session string
	state   MemberState
	reason  Code
	flagged Code
	// raw is the announcement as it came.
	raw []byte
	// announcement is nil if it was refused.
	*announcement

	out outbound
	in  inbound
	// trouble is what is done about frames that do not open.
	trouble    trouble
	presence   presence
	comparison comparison
	// excludedBy is the generation that a leaving member was not given.
	excludedBy uint32
}

// outbound is the direction from this session to the member.
type outbound struct {
	number  uint32
	channel cipher.AEAD
	counter uint64
	// given is set when the member was given any key; waiting while it has yet to be given the newest.
	given, waiting bool
	// early is set while the only key that the member was given is not in use yet.
	early bool
	// informed is set when the member was told what hosts have decided, if this session is one.
	informed bool
	answered time.Time
}

// inbound is the direction from the member to this session.
type inbound struct {
	number  uint32
	channel cipher.AEAD
	// counter and request are those last accepted, nil before the first.
	counter *uint64
	request *uint64
	held    *keyMessage
	keys    keychain
}

type trouble struct {
	pending pending
	// failures counts frames in a row that did not authenticate.
	failures int
	// requests is how many were sent since a frame opened, sequence over all; due is when to send the next, missed
	// whether there is still reason to.
	requests      int
	sequence      uint64
	sent, due     time.Time
	missed        bool
	genHint       uint32
	undecryptable Code
}

func (m *member) peer() peer { return peer{id: m.id, ik: m.ik} }

func (m *member) name() string {
	if m.announcement == nil {
		return ""
	}
	return m.announcement.name
}

func (s *Session) view(m *member) Member {
	v := Member{
		Session: m.session, State: m.state, Reason: m.reason, Undecryptable: m.trouble.undecryptable, Flagged: m.flagged,
		Differs: m.presence.differs, Comparison: m.comparison.state, Emoji: m.comparison.emoji(),
	}
	if a := m.announcement; a != nil {
		v.Name, v.Roles, v.Identity = a.name, a.roles, append([]byte(nil), a.ik...)
		v.Founder, v.Host = s.authority.founder(a.ik), s.authority.hosts(a.ik)
		_, v.Proven = s.proven[identityKey(a.ik)]
	}
	return v
}
