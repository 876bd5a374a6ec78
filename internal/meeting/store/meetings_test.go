package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
)

func TestMeetingComesBackAsItWas(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		want := a("m")
		want.Settings.Share = meeting.Hosts
		want.Settings.MaxParticipants = 12
		add(t, s, want)
		got, err := s.Meeting(t.Context(), "m")
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		_, err = s.Meeting(t.Context(), "other")
		wantCode(t, err, meeting.CodeNotFound)
		wantCode(t, s.Write(t.Context(), func(tx meeting.Tx) error { return tx.AddMeeting(t.Context(), want) }), meeting.CodeTaken)
	})
}

func TestChangeNeedsTheVersionBefore(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		m := a("m")
		add(t, s, m)
		m.Title, m.Version = "new", 2
		change := func() error {
			return s.Write(t.Context(), func(tx meeting.Tx) error { return tx.ChangeMeeting(t.Context(), m) })
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		wantCode(t, change(), meeting.CodeVersion)
		if got, err := s.Meeting(t.Context(), "m"); err != nil || got != m {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestFailedTransactionChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		failed := errors.New("failed")
		err := s.Write(t.Context(), func(tx meeting.Tx) error {
			if err := tx.AddMeeting(t.Context(), a("m")); err != nil {
				return err
			}
			return failed
		})
		if err != failed {
			t.Errorf("error %v", err)
		}
		_, err = s.Meeting(t.Context(), "m")
		wantCode(t, err, meeting.CodeNotFound)
	})
}

func TestListsGoThroughAllOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const count = 25
		for i := range count {
			m := a(fmt.Sprintf("m-%02d", i))
			m.Created = start.Add(time.Duration(i/3) * time.Minute) // some at the same time
			add(t, s, m)
		}
		other := a("other")
		other.Owner = meeting.Owner{Person: "clinic"}
		add(t, s, other)

		seen := map[string]bool{}
		var after meeting.Cursor
		last := start.Add(time.Hour)
		for {
			page, err := s.Meetings(t.Context(), meeting.Owner{Key: "clinic"}, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page {
				if seen[m.ID] || m.Created.After(last) || m.ID == "other" {
					t.Errorf("%s of %v comes after %v", m.ID, m.Created, last)
				}
				seen[m.ID], last = true, m.Created
				after = meeting.Cursor{At: m.Created, ID: m.ID}
			}
			if len(page) < 4 {
				break
			}
		}
		if len(seen) != count {
			t.Errorf("%d meetings listed, want %d", len(seen), count)
		}
		if n, err := s.CountMeetings(t.Context(), meeting.Owner{Key: "clinic"}); err != nil || n != count {
			t.Errorf("%d counted, %v", n, err)
		}
	})
}

func TestStandingIsAllThatIsKnownOfAnIdentity(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		add(t, s, a("m"), a("other"))
		standing := func(identity string) meeting.Standing {
			t.Helper()
			got, err := s.Standing(t.Context(), "m", identity)
			if err != nil {
				t.Fatal(err)
			}
			if got.Meeting != a("m") {
				t.Errorf("the meeting is %+v", got.Meeting)
			}
			got.Meeting = meeting.Meeting{}
			return got
		}
		if got := standing("eve"); got != (meeting.Standing{Role: meeting.Member}) {
			t.Errorf("of whom nothing is known: %+v", got)
		}
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			return errors.Join(
				tx.Appoint(ctx, "m", meeting.Appointment{Identity: "eve", Role: meeting.Host, By: "key:clinic", At: start}),
				tx.Appoint(ctx, "m", meeting.Appointment{Identity: "eve", Role: meeting.CoHost, By: "key:clinic", At: start}),
				tx.Block(ctx, "m", meeting.Block{Identity: "eve", By: "key:clinic", At: start}),
				tx.Block(ctx, "m", meeting.Block{Identity: "eve", By: "ann", At: start}),
				tx.Revoke(ctx, "m", "eve", start),
				tx.Revoke(ctx, "m", "eve", start.Add(time.Minute)),
				tx.Block(ctx, "other", meeting.Block{Identity: "bob", By: "key:clinic", At: start}),
			)
		})
		want := meeting.Standing{Role: meeting.CoHost, Blocked: true, Revoked: start.Add(time.Minute)}
		if got := standing("eve"); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := standing("bob"); got != (meeting.Standing{Role: meeting.Member}) {
			t.Errorf("of one blocked elsewhere: %+v", got)
		}
		blocks, err := s.Blocks(t.Context(), "m", "", 10)
		if err != nil || len(blocks) != 1 || blocks[0] != (meeting.Block{Identity: "eve", By: "key:clinic", At: start}) {
			t.Errorf("blocks %+v, %v", blocks, err)
		}
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			there, err := tx.Unblock(ctx, "m", "eve")
			again, err2 := tx.Unblock(ctx, "m", "eve")
			if !there || again {
				t.Errorf("unblocked %v, then %v", there, again)
			}
			return errors.Join(err, err2, tx.Appoint(ctx, "m", meeting.Appointment{Identity: "eve", Role: meeting.Member}))
		})
		if got := standing("eve"); got != (meeting.Standing{Role: meeting.Member, Revoked: want.Revoked}) {
			t.Errorf("afterwards: %+v", got)
		}
		if list, err := s.Appointments(t.Context(), "m", "", 10); err != nil || len(list) != 0 {
			t.Errorf("appointments %+v, %v", list, err)
		}
	})
}

func TestRemovedMeetingLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		add(t, s, a("m"))
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			return errors.Join(
				tx.Appoint(ctx, "m", meeting.Appointment{Identity: "ann", Role: meeting.Host, At: start}),
				tx.Block(ctx, "m", meeting.Block{Identity: "eve", At: start}),
				tx.Revoke(ctx, "m", "eve", start),
			)
		})
		for i, token := range []string{"jti", "jti", "other"} {
			write(t, s, func(ctx context.Context, tx meeting.Tx) error {
				if fresh, err := tx.RevokeToken(ctx, "m", token, start); err != nil || fresh != (i != 1) {
					t.Errorf("revoking %s: %v, %v", token, fresh, err)
				}
				return nil
			})
		}
		if revoked, err := s.TokenRevoked(t.Context(), "m", "jti"); err != nil || !revoked {
			t.Errorf("the token is not revoked: %v", err)
		}
		write(t, s, func(ctx context.Context, tx meeting.Tx) error { return tx.RemoveMeeting(ctx, "m") })
		add(t, s, a("m"))
		for _, identity := range []string{"ann", "eve"} {
			got, err := s.Standing(t.Context(), "m", identity)
			if err != nil || got.Role != meeting.Member || got.Blocked || !got.Revoked.IsZero() {
				t.Errorf("%s: %+v, %v", identity, got, err)
			}
		}
		if revoked, err := s.TokenRevoked(t.Context(), "m", "jti"); err != nil || revoked {
			t.Errorf("the token of the meeting before is revoked: %v", err)
		}
	})
}

// TestAdopt: what the other is already stays.
func TestAdopt(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		of := func(id, person string) meeting.Meeting {
			m := a(id)
			m.Owner = meeting.Owner{Person: person}
			return m
		}
		add(t, s, of("guests", "guest"), of("persons", "person"), of("others", "other"))
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			err := errors.Join(
				tx.Appoint(ctx, "others", meeting.Appointment{Identity: "guest", Role: meeting.CoHost, At: start}),
				tx.Appoint(ctx, "persons", meeting.Appointment{Identity: "guest", Role: meeting.CoHost, At: start}),
				tx.Appoint(ctx, "persons", meeting.Appointment{Identity: "person", Role: meeting.Host, At: start}),
			)
			if err != nil {
				return err
			}
			ids, err := tx.Adopt(ctx, "guest", "person", start)
			if len(ids) != 1 || ids[0] != "guests" {
				t.Errorf("adopted %v", ids)
			}
			return err
		})
		if list, err := s.Meetings(t.Context(), meeting.Owner{Person: "person"}, meeting.Cursor{}, 10); err != nil || len(list) != 2 {
			t.Errorf("the person has %+v, %v", list, err)
		}
		for id, want := range map[string]meeting.Role{"others": meeting.CoHost, "persons": meeting.Host} {
			if standing, err := s.Standing(t.Context(), id, "person"); err != nil || standing.Role != want {
				t.Errorf("in %s the person is %v, %v", id, standing.Role, err)
			}
		}
	})
}

func TestIdempotencyKeyIsKeptOnceEvenByManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		const callers = 8
		var all sync.WaitGroup
		made := make(chan string, callers)
		for i := range callers {
			all.Go(func() {
				err := s.Write(t.Context(), func(tx meeting.Tx) error {
					mine := meeting.Request{Digest: []byte("digest"), Meeting: fmt.Sprint("m-", i), At: start}
					r, known, err := tx.Remember(t.Context(), meeting.Owner{Key: "clinic"}, "once", mine)
					if err != nil || known {
						made <- r.Meeting
						return err
					}
					made <- mine.Meeting
					return tx.AddMeeting(t.Context(), a(mine.Meeting))
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		close(made)
		list, err := s.Meetings(t.Context(), meeting.Owner{Key: "clinic"}, meeting.Cursor{}, 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d meetings, %v", len(list), err)
		}
		for id := range made {
			if id != list[0].ID {
				t.Errorf("one got %s, there is %s", id, list[0].ID)
			}
		}
	})
}

func TestAllNodesHaveOneKey(t *testing.T) {
	both(t, func(t *testing.T, open func() *store.Store) {
		first, err := open().Key(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Validate(); err != nil {
			t.Error(err)
		}
		second, err := open().Key(t.Context())
		if err != nil || second != first {
			t.Errorf("another node has another key, %v", err)
		}
	})
}
