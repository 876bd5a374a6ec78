package meeting

import "context"

// Get returns a meeting. A person who is no host of it learns what an invitation tells: neither who owns it nor when it was changed.
func (s *Service) Get(ctx context.Context, by Caller, id string) (Meeting, error) {
	m, is, err := s.access(ctx, s.store, by, id)
	if err != nil || is > stranger {
		return m, err
	}
	return m.invitation(), nil
}

func (m Meeting) invitation() Meeting {
	return Meeting{
		ID: m.ID, Title: m.Title, Starts: m.Starts, Ends: m.Ends, TimeZone: m.TimeZone, Settings: m.Settings, Version: m.Version,
		Ended: m.Ended,
	}
}

// List returns the caller's own meetings, the newest first.
func (s *Service) List(ctx context.Context, by Caller, p Page) (List[Meeting], error) {
	read := func(after Cursor, limit int) ([]Meeting, error) {
		return s.store.Meetings(ctx, by.owner(), after, limit)
	}
	return list(p, read, func(m Meeting) Cursor { return Cursor{At: m.Created, ID: m.ID} })
}

// Participants returns who is in a meeting now, and who waits. For hosts.
func (s *Service) Participants(ctx context.Context, by Caller, id string) ([]Participant, error) {
	if _, err := s.require(ctx, s.store, by, id, moderator); err != nil {
		return nil, err
	}
	return s.rooms.Participants(ctx, id)
}

// Attendance returns who was in a meeting, the newest first. For hosts.
func (s *Service) Attendance(ctx context.Context, by Caller, id string, p Page) (List[Attendance], error) {
	if _, err := s.require(ctx, s.store, by, id, moderator); err != nil {
		return List[Attendance]{}, err
	}
	read := func(after Cursor, limit int) ([]Attendance, error) { return s.store.Attendance(ctx, id, after, limit) }
	return list(p, read, func(a Attendance) Cursor { return Cursor{At: a.Joined, ID: a.Session} })
}

// Audit returns a meeting's audit log, the newest first. For owners and hosts. It outlives the meeting for its owner only by Export.
func (s *Service) Audit(ctx context.Context, by Caller, id string, p Page) (List[Entry], error) {
	if _, err := s.require(ctx, s.store, by, id, owner); err != nil {
		return List[Entry]{}, err
	}
	read := func(after Cursor, limit int) ([]Entry, error) { return s.store.Audit(ctx, id, after, limit) }
	return list(p, read, func(e Entry) Cursor { return Cursor{At: e.At, ID: e.ID} })
}

// Appointments returns the hosts and co-hosts of a meeting, without the person who owns it. For hosts.
func (s *Service) Appointments(ctx context.Context, by Caller, id string, p Page) (List[Appointment], error) {
	if _, err := s.require(ctx, s.store, by, id, moderator); err != nil {
		return List[Appointment]{}, err
	}
	read := func(after Cursor, limit int) ([]Appointment, error) {
		return s.store.Appointments(ctx, id, after.ID, limit)
	}
	return list(p, read, func(a Appointment) Cursor { return Cursor{At: a.At, ID: a.Identity} })
}

// Blocks returns who is kept out of a meeting. For hosts.
func (s *Service) Blocks(ctx context.Context, by Caller, id string, p Page) (List[Block], error) {
	if _, err := s.require(ctx, s.store, by, id, moderator); err != nil {
		return List[Block]{}, err
	}
	read := func(after Cursor, limit int) ([]Block, error) { return s.store.Blocks(ctx, id, after.ID, limit) }
	return list(p, read, func(b Block) Cursor { return Cursor{At: b.At, ID: b.Identity} })
}
