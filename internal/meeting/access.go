package meeting

import "context"

// access is what a caller is to a meeting.
type access int

const (
	stranger access = iota // knows the id, which is the invitation
	moderator
	owner
)

// access returns the meeting and what the caller is to it. A key that does not own it does not learn that it is there.
func (s *Service) access(ctx context.Context, r Reader, by Caller, id string) (Meeting, access, error) {
	if by.Key != "" {
		m, err := r.Meeting(ctx, id)
		if err != nil {
			return Meeting{}, stranger, err
		}
		if m.Owner.Key != by.Key {
			return Meeting{}, stranger, notFound()
		}
		return m, owner, nil
	}
	standing, err := r.Standing(ctx, id, by.Person)
	switch {
	case err != nil:
		return Meeting{}, stranger, err
	case standing.owns(by.Person):
		return standing.Meeting, owner, nil
	case standing.Role == Host && !standing.Blocked:
		return standing.Meeting, owner, nil
	case standing.Role == CoHost && !standing.Blocked:
		return standing.Meeting, moderator, nil
	default:
		return standing.Meeting, stranger, nil
	}
}

// require returns the meeting if the caller is at least what is needed.
func (s *Service) require(ctx context.Context, r Reader, by Caller, id string, needed access) (Meeting, error) {
	m, is, err := s.access(ctx, r, by, id)
	if err != nil {
		return Meeting{}, err
	}
	if is < needed {
		return Meeting{}, errorf(CodeForbidden, "only a host of the meeting may do this")
	}
	return m, nil
}
