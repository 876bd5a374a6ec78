package meeting

import (
	"context"
	"errors"
	"time"
)

// Do carries out a command of the caller's in a live meeting, on all nodes, and keeps what of it lasts. Command.By is the caller.
// For hosts and co-hosts; EndAll for owners and hosts.
func (s *Service) Do(ctx context.Context, by Caller, id string, c Command) error {
	c.By = by.By()
	needed := moderator
	if c.Action == EndAll {
		needed = owner
	}
	if _, err := s.require(ctx, s.store, by, id, needed); err != nil {
		return err
	}
	c, err := s.named(ctx, id, c)
	if err != nil {
		return err
	}
	if err := s.Moderated(ctx, id, c); err != nil {
		return err
	}
	return s.rooms.Do(ctx, id, c)
}

// named adds the identity of the session that a command names.
func (s *Service) named(ctx context.Context, room string, c Command) (Command, error) {
	if c.Session == "" || c.Identity != "" {
		return c, nil
	}
	participants, err := s.rooms.Participants(ctx, room)
	if err != nil {
		return c, err
	}
	for _, p := range participants {
		if p.Session == c.Session {
			c.Identity = p.Identity
			return c, nil
		}
	}
	return c, errorf(CodeNotFound, "no such participant is in the meeting")
}

// Moderated keeps what lasts of a command and logs it. A node calls it before it carries out what a host wants done in a room, with
// the identity of whom it concerns, so that who is removed can't come back by another node. It fails with CodeForbidden when the
// command is against a host; then the node does not carry it out. Nothing is kept of rooms without a meeting.
func (s *Service) Moderated(ctx context.Context, room string, c Command) error {
	err := s.write(ctx, func(tx Tx, now time.Time) error {
		target, err := tx.Standing(ctx, room, c.Identity)
		if err != nil {
			return err
		}
		if err := mayAct(ctx, tx, target, c); err != nil {
			return err
		}
		return s.keep(ctx, tx, target, c, now)
	})
	if errors.Is(err, &Error{Code: CodeNotFound}) {
		return nil
	}
	return err
}

// mayAct protects hosts: the owner from all, other hosts from co-hosts.
func mayAct(ctx context.Context, r Reader, target Standing, c Command) error {
	switch c.Action {
	case Remove, Reject, SetGrants:
	default:
		return nil
	}
	if target.owns(c.Identity) {
		return errorf(CodeForbidden, "nobody can do this to the owner of the meeting")
	}
	if target.Role != Host {
		return nil
	}
	by, err := r.Standing(ctx, target.Meeting.ID, c.By)
	if err != nil {
		return err
	}
	if by.Role == CoHost {
		return errorf(CodeForbidden, "a co-host can't do this to a host")
	}
	return nil
}

func (s *Service) keep(ctx context.Context, tx Tx, target Standing, c Command, now time.Time) error {
	m := target.Meeting
	entry := Entry{By: c.By, Action: string(c.Action), Target: c.Identity, Detail: string(c.Source)}
	switch c.Action {
	case Lock, Unlock:
		m.Settings.Locked = c.Action == Lock
		return s.change(ctx, tx, &m, now, entry)
	case WaitingRoomOn, WaitingRoomOff:
		m.Settings.WaitingRoom = c.Action == WaitingRoomOn
		return s.change(ctx, tx, &m, now, entry)
	case EndAll:
		if !m.Ended.IsZero() {
			return nil
		}
		m.Ended = now
		return s.change(ctx, tx, &m, now, entry)
	case Remove:
		if err := tx.Revoke(ctx, m.ID, c.Identity, now); err != nil {
			return err
		}
	case SetGrants:
		if err := appointed(ctx, tx, target, c, now); err != nil {
			return err
		}
	}
	if c.Block {
		entry.Detail = "block"
		if err := tx.Block(ctx, m.ID, Block{Identity: c.Identity, By: c.By, At: now}); err != nil {
			return err
		}
	}
	entry.ID, entry.At, entry.Meeting = newID(), now, m.ID
	return tx.Log(ctx, entry)
}

// appointed keeps the admin grant as a role.
func appointed(ctx context.Context, tx Tx, target Standing, c Command, now time.Time) error {
	if c.Grants == nil || c.Grants.Admin == target.Role.admin() {
		return nil
	}
	role := Member
	if c.Grants.Admin {
		role = CoHost
	}
	return tx.Appoint(ctx, target.Meeting.ID, Appointment{Identity: c.Identity, Role: role, By: c.By, At: now})
}

// Block keeps an identity out of a meeting, whether it is there or not. For hosts and co-hosts.
func (s *Service) Block(ctx context.Context, by Caller, id, identity string) error {
	if err := validIdentity(identity); err != nil {
		return err
	}
	err := s.Do(ctx, by, id, Command{Action: Remove, Identity: identity, Block: true})
	if errors.Is(err, &Error{Code: CodeNotFound}) {
		_, err = s.require(ctx, s.store, by, id, moderator) // it was the participant that is not there, unless it is the meeting
	}
	return err
}

// Unblock ends a block. For hosts and co-hosts. It fails with CodeNotFound if there is none.
func (s *Service) Unblock(ctx context.Context, by Caller, id, identity string) error {
	return s.write(ctx, func(tx Tx, now time.Time) error {
		if _, err := s.require(ctx, tx, by, id, moderator); err != nil {
			return err
		}
		there, err := tx.Unblock(ctx, id, identity)
		if err != nil {
			return err
		}
		if !there {
			return errorf(CodeNotFound, "this identity is not blocked")
		}
		return tx.Log(ctx, Entry{ID: newID(), At: now, Meeting: id, By: by.By(), Action: "unblock", Target: identity})
	})
}

// SetRole makes an identity a host, co-host or member, for as long as the meeting is there, and at once if it is in it. For owners
// and hosts. The person who owns the meeting is always a host.
func (s *Service) SetRole(ctx context.Context, by Caller, id, identity string, role Role) error {
	if err := validIdentity(identity); err != nil {
		return err
	}
	if role != Host && role != CoHost && role != Member {
		return errorf(CodeInvalid, "a role is %q, %q or %q", Host, CoHost, Member)
	}
	changed := false
	err := s.write(ctx, func(tx Tx, now time.Time) error {
		if _, err := s.require(ctx, tx, by, id, owner); err != nil {
			return err
		}
		standing, err := tx.Standing(ctx, id, identity)
		if err != nil {
			return err
		}
		if standing.owns(identity) {
			return errorf(CodeForbidden, "the owner is always a host: give the meeting away first")
		}
		if changed = standing.Role != role; !changed {
			return nil
		}
		if err := tx.Appoint(ctx, id, Appointment{Identity: identity, Role: role, By: by.By(), At: now}); err != nil {
			return err
		}
		return tx.Log(ctx, Entry{
			ID: newID(), At: now, Meeting: id, By: by.By(), Action: "role", Target: identity, Detail: string(role),
		})
	})
	if err != nil || !changed {
		return err
	}
	return s.grantAdmin(ctx, by, id, identity, role.admin())
}

// grantAdmin gives the live sessions of an identity the admin grant, or takes it.
func (s *Service) grantAdmin(ctx context.Context, by Caller, id, identity string, admin bool) error {
	participants, err := s.rooms.Participants(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range participants {
		if p.Identity != identity || p.Grants.Admin == admin {
			continue
		}
		grants := p.Grants
		grants.Admin = admin
		c := Command{Action: SetGrants, Session: p.Session, Identity: identity, Grants: &grants, By: by.By()}
		if err := s.rooms.Do(ctx, id, c); err != nil && !errors.Is(err, &Error{Code: CodeNotFound}) {
			return err
		}
	}
	return nil
}
