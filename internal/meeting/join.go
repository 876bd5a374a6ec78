package meeting

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// KeyID is the id of the key that signs the Service's own tokens. An API key can't have it.
const KeyID = "confab"

// TokenLife is how long a join token can be used. A client asks for another when it has to join again.
const TokenLife = 10 * time.Minute

// A JoinRequest asks for a join token. A person gets one for itself and leaves it empty.
type JoinRequest struct {
	// Identity and Name are of whom an API key lets in. See token.Claims for their limits.
	Identity, Name string
	// Role is given by an API key to the identity, for as long as the meeting is there; "" leaves what it was.
	Role Role
	// Grants restrict what the bearer may do, nil: nothing but the meeting's settings does. For API keys only.
	Grants *token.Grants
}

// A Ticket lets somebody in.
type Ticket struct {
	// Token is a secret: it goes into Hello, never into a URL. ID names it, for RevokeToken.
	Token, ID string
	Expires   time.Time
	Meeting   Meeting
	Identity  string
	Role      Role
	// Waits: as things are, it waits until a host admits it.
	Waits bool
}

// An Arrival is somebody who wants to enter a room. What it says of the token has been verified.
type Arrival struct {
	Room, Identity string
	// TokenID and Issued are those of the token, if it says so.
	TokenID string
	Issued  time.Time
	// KeyID is the key that signed the token, "" for who has none.
	KeyID string
	// RemoteAddr is for the log.
	RemoteAddr string
	// Grants are those of the token, or of the node for who has none.
	Grants token.Grants
	// Guest: there is no token.
	Guest bool
	// Records: it says that it records what it receives.
	Records bool
}

// A Decision lets somebody in.
type Decision struct {
	// Grants are what it may do.
	Grants token.Grants
	// Waiting: it waits until a host admits it.
	Waiting bool
	// Known: the room is a meeting's, whose Settings hold.
	Known    bool
	Settings Settings
	// MaxParticipants bounds the room, 0: the node's limit does.
	MaxParticipants int
}

// Join returns a token for a meeting: for a person itself, for an API key whom it names. Who waits is told so by the node. It
// fails with CodeEnded, CodeBlocked, CodeLocked or CodeGuestsRefused where the node would refuse the token.
func (s *Service) Join(ctx context.Context, by Caller, id string, r JoinRequest) (Ticket, error) {
	if by.Key != "" {
		return s.joinOther(ctx, by, id, r)
	}
	if r != (JoinRequest{}) {
		return Ticket{}, errorf(CodeForbidden, "a person joins as itself: only an API key names somebody")
	}
	standing, err := s.store.Standing(ctx, id, by.Person)
	if err != nil {
		return Ticket{}, err
	}
	m := standing.Meeting
	a := Arrival{Identity: by.Person, KeyID: KeyID, Issued: s.now()}
	if err := standing.refuse(a); err != nil {
		return Ticket{}, err
	}
	if unknown := by.Guest || m.Owner.Key != ""; unknown && !m.Settings.Guests && !standing.admin(a) {
		return Ticket{}, guestsRefused()
	}
	role := standing.Role
	if standing.owns(by.Person) {
		role = Host
	}
	waits, err := s.door(standing, a)
	if err != nil {
		return Ticket{}, err
	}
	if !role.admin() {
		m = m.invitation()
	}
	return s.ticket(m, role, waits, token.Claims{Identity: by.Person, Name: by.Name, Grants: participant()})
}

func (s *Service) joinOther(ctx context.Context, by Caller, id string, r JoinRequest) (Ticket, error) {
	if err := validIdentity(r.Identity); err != nil {
		return Ticket{}, err
	}
	if len(r.Name) > token.MaxNameLength || !token.Printable(r.Name) {
		return Ticket{}, errorf(CodeInvalid, "a name is at most %d bytes of UTF-8 without control characters", token.MaxNameLength)
	}
	if r.Role != "" {
		if err := s.SetRole(ctx, by, id, r.Identity, r.Role); err != nil {
			return Ticket{}, err
		}
	}
	if _, err := s.require(ctx, s.store, by, id, owner); err != nil {
		return Ticket{}, err
	}
	standing, err := s.store.Standing(ctx, id, r.Identity)
	if err != nil {
		return Ticket{}, err
	}
	grants := participant()
	if r.Grants != nil {
		grants = *r.Grants
		grants.Join, grants.Admin = true, false
	}
	a := Arrival{Identity: r.Identity, KeyID: KeyID, Issued: s.now(), Grants: grants}
	if err := standing.refuse(a); err != nil {
		return Ticket{}, err
	}
	waits, err := s.door(standing, a)
	if err != nil {
		return Ticket{}, err
	}
	return s.ticket(standing.Meeting, standing.Role, waits, token.Claims{Identity: r.Identity, Name: r.Name, Grants: grants})
}

// participant is what the meeting's settings restrict. Who is a host is looked up at every join.
func participant() token.Grants {
	return token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true}
}

func (s *Service) ticket(m Meeting, role Role, waits bool, c token.Claims) (Ticket, error) {
	now := s.now()
	c.Room, c.ID, c.Issued, c.Expires = m.ID, newID(), now, now.Add(TokenLife)
	signed, err := s.key.Sign(c)
	if err != nil {
		return Ticket{}, errorf(CodeInvalid, "no such token can be made: %v", err)
	}
	return Ticket{Token: signed, ID: c.ID, Expires: c.Expires, Meeting: m, Identity: c.Identity, Role: role, Waits: waits}, nil
}

func validIdentity(identity string) error {
	if identity == "" || len(identity) > token.MaxIdentityLength || !token.Printable(identity) {
		return errorf(CodeInvalid, "an identity is 1 to %d bytes of UTF-8 without control characters", token.MaxIdentityLength)
	}
	return nil
}
