package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/signin"
)

// TestWebSessions: what is kept of a browser, and of whom it belongs to.
func TestWebSessions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ann := signin.Person{ID: "person-ann", Name: "Ann", Email: "ann@example.com"}
		want := signin.Session{
			Hash: []byte{0, 1, 0xff}, Person: ann, Created: start, Expires: start.Add(time.Hour), Checked: start, Sealed: []byte{0, 0xfe},
		}
		guest := signin.Session{
			Hash: []byte("guest"), Person: signin.Person{ID: "guest-1", Guest: true}, Created: start, Expires: start.Add(time.Hour), Checked: start,
		}
		for _, session := range []signin.Session{want, guest} {
			if err := s.AddSession(t.Context(), session); err != nil {
				t.Fatal(err)
			}
		}
		find := func(hash []byte, now time.Time) (signin.Session, error) { return s.Session(t.Context(), hash, now) }
		same := func(got, want signin.Session) bool {
			return bytes.Equal(got.Hash, want.Hash) && got.Person == want.Person && got.Created.Equal(want.Created) &&
				got.Expires.Equal(want.Expires) && got.Checked.Equal(want.Checked) && bytes.Equal(got.Sealed, want.Sealed)
		}
		for _, want := range []signin.Session{want, guest} {
			if got, err := find(want.Hash, start); err != nil || !same(got, want) {
				t.Errorf("found %+v, %v", got, err)
			}
		}
		if got, err := find(guest.Hash, start); err != nil || got.Sealed != nil {
			t.Errorf("a guest has something sealed: %v, %v", got.Sealed, err)
		}
		for _, missing := range []struct {
			hash []byte
			now  time.Time
		}{{want.Hash, want.Expires}, {[]byte("none"), start}, {nil, start}} {
			if _, err := find(missing.hash, missing.now); !errors.Is(err, signin.ErrNoSession) {
				t.Errorf("%q at %v: %v", missing.hash, missing.now, err)
			}
		}

		later := start.Add(time.Minute)
		for _, first := range []bool{true, false} {
			if claimed, err := s.ClaimCheck(t.Context(), want.Hash, start, later); err != nil || claimed != first {
				t.Errorf("claimed %v, %v", claimed, err)
			}
		}
		for _, sealed := range [][]byte{nil, []byte("new")} {
			later = later.Add(time.Minute)
			if err := s.Renew(t.Context(), want.Hash, later, sealed); err != nil {
				t.Fatal(err)
			}
			if want.Checked = later; sealed != nil {
				want.Sealed = sealed
			}
			if got, err := find(want.Hash, start); err != nil || !same(got, want) {
				t.Errorf("renewed to %+v, %v", got, err)
			}
		}

		// What the provider says later of a person holds in all browsers.
		renamed := want
		renamed.Hash, renamed.Person.Name = []byte("other browser"), "Ann Other"
		if err := s.AddSession(t.Context(), renamed); err != nil {
			t.Fatal(err)
		}
		if got, err := find(want.Hash, start); err != nil || got.Person != renamed.Person {
			t.Errorf("found %+v, %v", got, err)
		}
		for range 2 {
			if err := s.RemoveSession(t.Context(), want.Hash); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := find(want.Hash, start); !errors.Is(err, signin.ErrNoSession) {
			t.Errorf("removed: %v", err)
		}
		if _, err := find(renamed.Hash, start); err != nil {
			t.Errorf("the other browser's: %v", err)
		}
	})
}
