package meeting

import (
	"context"
	"errors"
	"slices"

	"github.com/openconfab/confab/token"
)

// Decide says whether somebody may enter a room, on every node at every join; resuming a session is none. It fails with CodeEnded,
// CodeBlocked, CodeRevoked, CodeGuestsRefused, CodeForeignKey or CodeRecording. Whether a locked meeting is closed to it, or it waits, is
// for the room to say, which knows who was let in before. A room without a meeting is entered with the grants of the token.
func (s *Service) Decide(ctx context.Context, a Arrival) (Decision, error) {
	standing, err := s.store.Standing(ctx, a.Room, a.Identity)
	if errors.Is(err, &Error{Code: CodeNotFound}) {
		if a.KeyID == KeyID {
			return Decision{}, errorf(CodeEnded, "the meeting is not there any more")
		}
		return Decision{Grants: a.Grants, Waiting: a.Grants.Wait && !a.Grants.Admin}, nil
	}
	if err != nil {
		return Decision{}, err
	}
	if err := standing.refuse(a); err != nil {
		return Decision{}, err
	}
	if err := s.refuseToken(ctx, a); err != nil {
		return Decision{}, err
	}
	m := standing.Meeting
	d := Decision{Grants: a.Grants, Known: true, Settings: m.Settings, MaxParticipants: m.Settings.MaxParticipants}
	d.Grants.Admin = standing.admin(a)
	if !d.Grants.Admin {
		d.Grants = m.Settings.restrict(a.Grants)
		d.Waiting = m.Settings.WaitingRoom || a.Grants.Wait
	}
	return d, nil
}

func (s Standing) refuse(a Arrival) error {
	m := s.Meeting
	switch {
	case a.KeyID != "" && a.KeyID != KeyID && a.KeyID != m.Owner.Key:
		return errorf(CodeForeignKey, "the token is signed with a key that does not own the meeting")
	case !m.Ended.IsZero():
		return ended()
	case s.Blocked && !s.owns(a.Identity):
		return blocked()
	case !a.Guest && !s.Revoked.IsZero() && !a.Issued.After(s.Revoked):
		return errorf(CodeRevoked, "the token was issued before its bearer was removed, or does not say when (iat): get a new one")
	case a.Guest && !m.Settings.Guests:
		return guestsRefused()
	case a.Records && m.Settings.Record != Everyone && !a.Grants.Record && !s.admin(a):
		return errorf(CodeRecording, "only hosts may record this meeting: ask one to allow it, or the application for a token with the record grant")
	default:
		return nil
	}
}

// refuseToken fails for a token that was revoked.
func (s *Service) refuseToken(ctx context.Context, a Arrival) error {
	if a.TokenID == "" {
		return nil
	}
	switch revoked, err := s.store.TokenRevoked(ctx, a.Room, a.TokenID); {
	case err != nil:
		return err
	case revoked:
		return errorf(CodeRevoked, "the token was revoked: get a new one")
	default:
		return nil
	}
}

// door says whether somebody who is not refused waits, as things are, or fails with CodeLocked.
func (s *Service) door(standing Standing, a Arrival) (waits bool, err error) {
	m := standing.Meeting
	if standing.admin(a) || s.rooms.Remembers(m.ID, a.Identity) {
		return false, nil
	}
	if m.Settings.Locked && !m.Settings.WaitingRoom {
		return false, locked()
	}
	return m.Settings.WaitingRoom || a.Grants.Wait, nil
}

func blocked() *Error { return errorf(CodeBlocked, "a host has blocked you from this meeting") }
func locked() *Error  { return errorf(CodeLocked, "the meeting is locked: ask a host to unlock it") }

func guestsRefused() *Error {
	return errorf(CodeGuestsRefused, "the meeting takes no guests: sign in, or get a token from the application")
}

func (s Standing) owns(identity string) bool {
	return s.Meeting.Owner.Person != "" && s.Meeting.Owner.Person == identity
}

// admin reports whether somebody is a host: by being the owner, by appointment, or because the owner's own key says so.
func (s Standing) admin(a Arrival) bool {
	return s.owns(a.Identity) || s.Role.admin() || a.KeyID != "" && a.KeyID == s.Meeting.Owner.Key && a.Grants.Admin
}

// restrict returns what is left of g for who is no host.
func (s Settings) restrict(g token.Grants) token.Grants {
	g.Admin = false
	g.Data = g.Data && s.Chat != Hosts
	g.Publish = slices.DeleteFunc(slices.Clone(g.Publish), func(source token.Source) bool {
		switch source {
		case token.Screen, token.ScreenAudio:
			return s.Share == Hosts
		case token.Microphone:
			return s.Unmute == Hosts
		default:
			return false
		}
	})
	return g
}
