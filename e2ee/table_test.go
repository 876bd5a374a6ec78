package e2ee

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// table is a meeting without a network: messages arrive at once unless lose says otherwise.
type table struct {
	t   *testing.T
	now time.Time
	// host is whom the link names.
	host  Host
	seats []*seat
	lose  func(from, to string, common, payload []byte) bool
}

type seat struct {
	*Session
	name   string
	events []Event
	opened []Opened
	// errs are what Receive gave.
	errs []error
	sent []Outgoing
}

func newTable(t *testing.T, names ...string) *table {
	tb := &table{t: t, now: time.UnixMilli(1_700_000_000_000)}
	for _, name := range names {
		tb.join(name, Publisher)
	}
	return tb
}

func (tb *table) join(name string, roles Roles) *seat { return tb.meet(tb.seated(name, roles, nil)) }

// known is join for a publisher with an identity of its own.
func (tb *table) known(name string, seed []byte) *seat {
	return tb.meet(tb.seated(name, Publisher, seed))
}

// seated makes a session that nobody knows of.
func (tb *table) seated(name string, roles Roles, seed []byte) *seat {
	c := Config{Secret: simSecret, Room: "table", Name: name, Roles: roles, Host: tb.host, IdentitySeed: seed}
	s, err := New(c, tb.now)
	if err != nil {
		tb.t.Fatal(err)
	}
	return &seat{Session: s, name: name}
}

// meet makes everybody and n known to each other.
func (tb *table) meet(n *seat) *seat {
	for _, o := range tb.seats {
		if err := errors.Join(o.MemberJoined(n.name, n.Announcement(), tb.now), n.MemberJoined(o.name, o.Announcement(), tb.now)); err != nil {
			tb.t.Fatal(err)
		}
	}
	tb.seats = append(tb.seats, n)
	tb.pump()
	return n
}

func (tb *table) leave(name string) {
	tb.seats = slices.DeleteFunc(tb.seats, func(s *seat) bool { return s.name == name })
	for _, s := range tb.seats {
		s.MemberLeft(name, tb.now)
	}
	tb.pump()
}

func (tb *table) seat(name string) *seat {
	i := slices.IndexFunc(tb.seats, func(s *seat) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return tb.seats[i]
}

// pump does all that is due now.
func (tb *table) pump() {
	for busy := true; busy; {
		busy = false
		for _, s := range tb.seats {
			if wake := s.NextWake(); !wake.IsZero() && !wake.After(tb.now) {
				s.Advance(tb.now)
				busy = true
			}
			for _, o := range s.Outgoing() {
				s.sent = append(s.sent, o)
				busy = true
				for _, p := range o.Parts {
					to := tb.seat(p.To)
					if to == nil || tb.lose != nil && tb.lose(s.name, p.To, o.Common, p.Payload) {
						continue
					}
					if err := to.Receive(s.name, o.Common, p.Payload, tb.now); err != nil {
						to.errs = append(to.errs, err)
					}
				}
			}
			s.events = append(s.events, s.Events()...)
			s.opened = append(s.opened, s.Opened()...)
		}
	}
}

// pass lets time go by, stopping wherever something is due.
func (tb *table) pass(d time.Duration) {
	for end := tb.now.Add(d); ; {
		var next time.Time
		for _, s := range tb.seats {
			next = earliest(next, s.NextWake())
		}
		if next.IsZero() || next.After(end) {
			tb.now = end
			tb.pump()
			return
		}
		tb.now = later(tb.now, next)
		tb.pump()
	}
}

func (tb *table) seal(s *seat, text string) Object {
	tb.t.Helper()
	sealed, err := s.Seal(nil, camera, []byte("header"), []byte(text))
	if err != nil {
		tb.t.Fatal(err)
	}
	return Object{Source: media.Camera, Header: []byte("header"), Payload: sealed, Ref: text}
}

func (tb *table) open(s *seat, from string, o Object) (string, Code) {
	out, _, err := s.Open(nil, from, o, tb.now)
	tb.pump()
	return string(out), CodeOf(err)
}

// heard checks that to opens what from seals now.
func (tb *table) heard(from, to *seat) {
	tb.t.Helper()
	if got, code := tb.open(to, from.name, tb.seal(from, "now")); got != "now" {
		tb.t.Errorf("%s does not hear %s: %s", to.name, from.name, code)
	}
}

func (s *seat) has(kind EventKind, code Code) bool {
	return slices.ContainsFunc(s.events, func(e Event) bool { return e.Kind == kind && e.Code == code })
}

func (s *seat) requests() int {
	n := 0
	for _, o := range s.sent {
		if len(o.Common) > 0 && messageType(o.Common[0]) == typeKeyRequest {
			n++
		}
	}
	return n
}

func isKey(common []byte) bool { return len(common) > 0 && messageType(common[0]) == typeKey }
