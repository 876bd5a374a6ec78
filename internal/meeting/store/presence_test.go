package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
)

func stay(session string) meeting.Attendance {
	return meeting.Attendance{Session: session, Room: "m", Identity: "id-" + session, Name: "Name", Node: "node", Joined: start}
}

func TestOneIsTheFirstAndOneTheLastOfManyAtOnce(t *testing.T) {
	both(t, func(t *testing.T, open func() *store.Store) {
		nodes := []*store.Store{open(), open()}
		const stays = 20
		for range 3 {
			var first, last atomic.Int32
			var all sync.WaitGroup
			for i := range stays {
				s := nodes[i%2]
				all.Go(func() {
					var is bool
					err := s.Write(t.Context(), func(tx meeting.Tx) (err error) {
						_, is, err = tx.Enter(t.Context(), stay(fmt.Sprint(i, "-", time.Now().UnixNano())), false)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if is {
						first.Add(1)
					}
				})
			}
			all.Wait()
			here, err := nodes[0].Attendance(t.Context(), "m", meeting.Cursor{}, 100)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range here {
				if !a.Left.IsZero() {
					continue
				}
				s := nodes[i%2]
				all.Go(func() {
					var is bool
					err := s.Write(t.Context(), func(tx meeting.Tx) (err error) {
						_, is, err = tx.Leave(t.Context(), a.Session, "left", start.Add(time.Minute))
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if is {
						last.Add(1)
					}
				})
			}
			all.Wait()
			if first.Load() != 1 || last.Load() != 1 {
				t.Errorf("%d were the first and %d the last", first.Load(), last.Load())
			}
		}
	})
}

func TestWhoEntersOrLeavesTwiceCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			for i, want := range []bool{true, false} {
				if entered, first, err := tx.Enter(ctx, stay("a"), false); err != nil || entered != want || first != want {
					t.Errorf("entering for the %d. time: entered %v, first %v, %v", i+1, entered, first, err)
				}
			}
			who, last, err := tx.Leave(ctx, "a", "removed", start.Add(time.Second))
			want := stay("a")
			want.Left, want.Reason = start.Add(time.Second), "removed"
			if err != nil || !last || who != want {
				t.Errorf("left: %+v, last %v, %v", who, last, err)
			}
			_, _, err = tx.Leave(ctx, "a", "left", start)
			wantCode(t, err, meeting.CodeNotFound)
			return nil
		})
	})
}

// TestWhoMovesIsAtTheOtherNode: also when what the first node has to say comes late, and until it has left.
func TestWhoMovesIsAtTheOtherNode(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		other := stay("a")
		other.Node = "other"
		enter := func(a meeting.Attendance, moved, want bool) {
			t.Helper()
			write(t, s, func(ctx context.Context, tx meeting.Tx) error {
				entered, first, err := tx.Enter(ctx, a, moved)
				if entered != want || first != want {
					t.Errorf("entered %v, first %v", entered, first)
				}
				return err
			})
		}
		is := func(want meeting.Attendance) {
			t.Helper()
			if list, err := s.Attendance(t.Context(), "m", meeting.Cursor{}, 10); err != nil || len(list) != 1 || list[0] != want {
				t.Errorf("attendance %+v, %v", list, err)
			}
		}
		enter(stay("a"), false, true)
		enter(other, true, false)
		is(other)
		enter(stay("a"), false, false)
		is(other)
		left := other
		write(t, s, func(ctx context.Context, tx meeting.Tx) (err error) {
			var last bool
			left, last, err = tx.Leave(ctx, "a", "left", start.Add(time.Minute))
			if !last {
				t.Error("somebody is still there")
			}
			return err
		})
		enter(stay("a"), true, false)
		is(left)
	})
}

func TestStaysAtDeadNodesLapse(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		lapsed := func(at time.Time) (sessions []string) {
			t.Helper()
			write(t, s, func(ctx context.Context, tx meeting.Tx) error {
				list, err := tx.Lapsed(ctx, at, 10)
				for _, a := range list {
					sessions = append(sessions, a.Session)
				}
				return err
			})
			return sessions
		}
		write(t, s, func(ctx context.Context, tx meeting.Tx) error {
			if err := tx.Renew(ctx, "node", start.Add(time.Minute)); err != nil {
				return err
			}
			_, _, err := tx.Enter(ctx, stay("a"), false)
			return err
		})
		if got := lapsed(start); len(got) != 0 {
			t.Errorf("while the node lives: %v", got)
		}
		if got := lapsed(start.Add(time.Minute)); len(got) != 1 || got[0] != "a" {
			t.Errorf("when the lease is over: %v", got)
		}
		write(t, s, func(ctx context.Context, tx meeting.Tx) error { return tx.Renew(ctx, "node", start.Add(2*time.Minute)) })
		if got := lapsed(start.Add(time.Minute)); len(got) != 0 {
			t.Errorf("when it is renewed: %v", got)
		}
	})
}
