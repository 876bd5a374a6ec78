package meeting

import (
	"context"
	"time"
)

// maxTraces bounds each list of an export.
const maxTraces = 10_000

// Export returns what is known of an identity: to the person itself of all meetings, to an API key of its own.
func (s *Service) Export(ctx context.Context, by Caller, identity string) (Traces, error) {
	if err := mayKnow(by, identity); err != nil {
		return Traces{}, err
	}
	return s.store.Traces(ctx, identity, by.Key, maxTraces)
}

// Erase removes what Export returns. Meetings that the person owns are ended and removed; where it was in others' meetings, the
// record stays without it. Webhooks that are still to be delivered are delivered.
func (s *Service) Erase(ctx context.Context, by Caller, identity string) error {
	if err := mayKnow(by, identity); err != nil {
		return err
	}
	if by.Key == "" {
		if err := s.endAll(ctx, by); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx Tx, now time.Time) error {
		if err := tx.Erase(ctx, identity, by.Key); err != nil {
			return err
		}
		return tx.Log(ctx, Entry{ID: newID(), At: now, By: eraser(by), Action: "erase"})
	})
}

// eraser does not name the person that is no longer known.
func eraser(by Caller) string {
	if by.Key == "" {
		return Erased
	}
	return by.By()
}

// Erased stands for an identity that is no longer known.
const Erased = "erased"

func mayKnow(by Caller, identity string) error {
	if by.Key == "" && by.Person != identity {
		return errorf(CodeForbidden, "a person exports and erases only itself")
	}
	return validIdentity(identity)
}

// endAll deletes all meetings of a person.
func (s *Service) endAll(ctx context.Context, by Caller) error {
	for {
		mine, err := s.List(ctx, by, Page{Limit: MaxPage})
		if err != nil || len(mine.Items) == 0 {
			return err
		}
		for _, m := range mine.Items {
			if err := s.Delete(ctx, by, m.ID); err != nil {
				return err
			}
		}
	}
}
