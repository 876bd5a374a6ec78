package meeting

import (
	"context"
	"errors"
	"time"
)

// Update changes a meeting, if it still has the version; version 0 stands for any. What concerns a live room takes effect at once.
// For hosts and co-hosts. It fails with CodeEnded when the meeting is over.
func (s *Service) Update(ctx context.Context, by Caller, id string, version int64, p Patch) (Meeting, error) {
	var before, after Meeting
	err := s.write(ctx, func(tx Tx, now time.Time) error {
		m, err := s.require(ctx, tx, by, id, moderator)
		if err != nil {
			return err
		}
		if version != 0 && version != m.Version {
			return errChanged{m.Version}
		}
		if !m.Ended.IsZero() {
			return ended()
		}
		before, after = m, m
		p.apply(&after)
		if err := after.validate(); err != nil {
			return err
		}
		return s.change(ctx, tx, &after, now, Entry{By: by.By(), Action: "update"})
	})
	if stale, ok := errors.AsType[errChanged](err); ok {
		return Meeting{}, errorf(CodeVersion, "somebody has changed the meeting, it has version %d now: read it again", stale.version)
	}
	if err != nil {
		return Meeting{}, err
	}
	for _, action := range before.Settings.liveChanges(after.Settings) {
		if err := s.rooms.Do(ctx, id, Command{Action: action, By: by.By()}); err != nil {
			return after, err
		}
	}
	return after, nil
}

// errChanged tells a version of the caller's that is over from one that another transaction has overtaken.
type errChanged struct{ version int64 }

// Error implements error.
func (errChanged) Error() string { return "changed" }

func ended() *Error { return errorf(CodeEnded, "the meeting is over") }

// change writes a new version of a meeting, with an entry of the audit log.
func (s *Service) change(ctx context.Context, tx Tx, m *Meeting, now time.Time, e Entry) error {
	m.Version++
	m.Updated = now
	if err := tx.ChangeMeeting(ctx, *m); err != nil {
		return err
	}
	e.ID, e.At, e.Meeting = newID(), now, m.ID
	return tx.Log(ctx, e)
}

// liveChanges returns what to do in a live room when settings change.
func (s Settings) liveChanges(to Settings) []Action {
	var actions []Action
	if s.WaitingRoom != to.WaitingRoom {
		actions = append(actions, map[bool]Action{true: WaitingRoomOn, false: WaitingRoomOff}[to.WaitingRoom])
	}
	if s.Locked != to.Locked {
		actions = append(actions, map[bool]Action{true: Lock, false: Unlock}[to.Locked])
	}
	return actions
}

// End ends a meeting for all; nobody can join it again. For owners and hosts. To end one that is over does nothing.
func (s *Service) End(ctx context.Context, by Caller, id string) error {
	return s.Do(ctx, by, id, Command{Action: EndAll})
}

// Delete ends a meeting and removes it with all that belongs to it. For owners and hosts.
func (s *Service) Delete(ctx context.Context, by Caller, id string) error {
	if err := s.End(ctx, by, id); err != nil {
		return err
	}
	return s.write(ctx, func(tx Tx, now time.Time) error {
		if _, err := s.require(ctx, tx, by, id, owner); err != nil {
			return err
		}
		if err := tx.RemoveMeeting(ctx, id); err != nil {
			return err
		}
		return tx.Log(ctx, Entry{ID: newID(), At: now, Meeting: id, By: by.By(), Action: "delete"})
	})
}

// Transfer gives a meeting to a person, who must know it by an identity of its own; who gave it stays a host. For owners.
func (s *Service) Transfer(ctx context.Context, by Caller, id, person string) error {
	if err := validIdentity(person); err != nil {
		return err
	}
	return s.write(ctx, func(tx Tx, now time.Time) error {
		m, err := s.require(ctx, tx, by, id, owner)
		if err != nil {
			return err
		}
		if m.Owner != by.owner() || by.Key != "" {
			return errorf(CodeForbidden, "only the person who owns the meeting gives it away")
		}
		if err := s.mayOwnMore(ctx, tx, Owner{Person: person}); err != nil {
			return err
		}
		if err := tx.Appoint(ctx, id, Appointment{Identity: person, Role: Member, By: by.By(), At: now}); err != nil {
			return err
		}
		if err := tx.Appoint(ctx, id, Appointment{Identity: by.Person, Role: Host, By: by.By(), At: now}); err != nil {
			return err
		}
		m.Owner = Owner{Person: person}
		return s.change(ctx, tx, &m, now, Entry{By: by.By(), Action: "transfer", Target: person})
	})
}
