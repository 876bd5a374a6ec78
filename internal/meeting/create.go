package meeting

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"time"
)

// MaxIdempotencyKey bounds an idempotency key, in bytes.
const MaxIdempotencyKey = 128

// Create makes a meeting of the caller's. With an idempotency key, which is the caller's own and kept for as long as Config.Retention
// says, the same draft makes one meeting however often it is sent; another draft fails with CodeIdempotency. Guests make none.
func (s *Service) Create(ctx context.Context, by Caller, d Draft, idempotencyKey string) (Meeting, error) {
	if by.Guest {
		return Meeting{}, errorf(CodeForbidden, "a guest can't create a meeting: sign in")
	}
	if d.ID != "" && by.Key == "" {
		return Meeting{}, errorf(CodeForbidden, "only an API key chooses the id of a meeting")
	}
	if len(idempotencyKey) > MaxIdempotencyKey {
		return Meeting{}, errorf(CodeInvalid, "an idempotency key is at most %d bytes long", MaxIdempotencyKey)
	}
	digest, err := d.digest()
	if err != nil {
		return Meeting{}, err
	}
	m := d.meeting(by.owner())
	if err := m.validate(); err != nil {
		return Meeting{}, err
	}
	created := m
	err = s.write(ctx, func(tx Tx, now time.Time) error {
		created = m
		created.Created, created.Updated = now, now
		if idempotencyKey != "" {
			before, known, err := tx.Remember(ctx, m.Owner, idempotencyKey, Request{Digest: digest, Meeting: m.ID, At: now})
			if err != nil {
				return err
			}
			if known {
				if subtle.ConstantTimeCompare(before.Digest, digest) != 1 {
					return errorf(CodeIdempotency, "this idempotency key was used for another request: use a new one")
				}
				created, err = tx.Meeting(ctx, before.Meeting)
				return err
			}
		}
		if err := s.mayOwnMore(ctx, tx, m.Owner); err != nil {
			return err
		}
		if err := tx.AddMeeting(ctx, created); err != nil {
			return err
		}
		return tx.Log(ctx, Entry{ID: newID(), At: now, Meeting: m.ID, By: by.By(), Action: "create"})
	})
	return created, err
}

func (d Draft) meeting(o Owner) Meeting {
	m := Meeting{
		ID: d.ID, Title: d.Title, Owner: o, Starts: d.Starts, Ends: d.Ends, TimeZone: d.TimeZone,
		Settings: DefaultSettings(o), Version: 1,
	}
	if m.ID == "" {
		m.ID = newID()
	}
	d.Settings.apply(&m.Settings)
	return m
}

func (d Draft) digest() ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, errorf(CodeInvalid, "a time is out of range")
	}
	h := sha256.Sum256(text)
	return h[:], nil
}

func (s *Service) mayOwnMore(ctx context.Context, r Reader, o Owner) error {
	n, err := r.CountMeetings(ctx, o)
	if err != nil {
		return err
	}
	limit := s.config.MeetingsPerPerson
	if o.Key != "" {
		limit = s.config.MeetingsPerKey
	}
	if n >= limit {
		return errorf(CodeMeetingLimit, "there are %d meetings that have not ended, as many as allowed: end or delete some", n)
	}
	return nil
}
