package meeting

import (
	"context"
	"time"
)

// Adopt makes what a guest owns, and is in meetings, that of the person who has signed in with the guest's browser. The caller has made
// sure of that. Where the guest was stays recorded as the guest's.
func (s *Service) Adopt(ctx context.Context, guest, person string) error {
	return s.write(ctx, func(tx Tx, now time.Time) error {
		meetings, err := tx.Adopt(ctx, guest, person, now)
		if err != nil {
			return err
		}
		for _, id := range meetings {
			if err := tx.Log(ctx, Entry{ID: newID(), At: now, Meeting: id, By: person, Action: "adopt", Target: guest}); err != nil {
				return err
			}
		}
		return nil
	})
}
