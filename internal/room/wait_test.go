package room

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func hosting() *pb.Grants {
	g := everything()
	g.Admin = true
	return g
}

// knock joins with a token that has to wait.
func knock(t testing.TB, r *Registry, session string) *member {
	t.Helper()
	m := &member{t: t}
	joined, err := r.Join("room", Joining{
		Session: session, Identity: session, Announcement: []byte("of " + session), Grants: everything(), Wait: true, At: start,
		Member: m, Meter: uncounted{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !joined.Waiting || joined.Admitted != nil {
		t.Errorf("%s does not wait: %+v", session, joined)
	}
	m.Participant = joined.Participant
	return m
}

func admit(session string) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: session}}}
}

func reject(session string, block bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Reject{Reject: &pb.RejectWaiting{Session: session, Block: block}}}
}

func remove(session string, block bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: session, Block: block}}}
}

func lock(locked bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: locked}}}
}

func waitingRoom(on bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_SetWaitingRoom{SetWaitingRoom: &pb.SetWaitingRoom{On: on}}}
}

func (m *member) orders(t testing.TB, c *pb.Moderate) {
	t.Helper()
	if err := m.order(c); err != nil {
		t.Fatal(err)
	}
}

func (m *member) order(c *pb.Moderate) error {
	return m.room.registry.Moderate("room", Command{Moderate: c, By: m.Session}, start)
}

func expectCode(t testing.TB, err error, code string) {
	t.Helper()
	if wire.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

// TestWaiting: one who waits is told nothing, hosts alone are told of it, and everything it asks for is refused.
func TestWaiting(t *testing.T) {
	var events []string
	r := NewRegistry(DefaultLimits(), nil, func(e Event) { events = append(events, fmt.Sprintf("%d %s %d", e.Kind, e.Session, e.Reason)) })
	host, _ := enter(t, r, "host", "host", hosting())
	ben, _ := enter(t, r, "ben", "ben", everything())
	must(t, ben.Publish(microphone(1)))
	host.drain()
	cleo := knock(t, r, "cleo")
	expect(t, host, "waits cleo")

	must(t, ben.SendData(&pb.DataMessage{Payload: []byte("secret"), To: []string{"cleo"}}))
	must(t, ben.SendE2EE(&pb.E2EeMessage{Parts: []*pb.E2EePart{{To: "cleo", Payload: []byte("key")}}}))
	must(t, ben.SendData(&pb.DataMessage{Payload: []byte("all")}))
	must(t, ben.SetMuted(1, true, start))
	ben.SetConnected(false, start)
	cleo.SetConnected(false, start)
	cleo.SetConnected(true, start)
	expectCode(t, cleo.Publish(microphone(1)), wire.CodeWaiting)
	expectCode(t, cleo.SendData(&pb.DataMessage{Payload: []byte("hi")}), wire.CodeWaiting)
	expectCode(t, cleo.SendE2EE(&pb.E2EeMessage{Common: []byte("hi")}), wire.CodeWaiting)
	expectCode(t, cleo.SetHand(true, start), wire.CodeWaiting)
	_, err := cleo.Track(&pb.TrackRef{Session: "ben", Number: 1})
	expectCode(t, err, wire.CodeWaiting)
	expectCode(t, cleo.order(admit("cleo")), wire.CodeForbidden)
	expect(t, cleo)
	expect(t, ben)
	host.drain()

	expectCode(t, ben.order(admit("cleo")), wire.CodeForbidden)
	expectCode(t, host.order(admit("nobody")), wire.CodeParticipantUnknown)
	expectCode(t, host.order(admit("ben")), wire.CodeParticipantUnknown)
	host.orders(t, admit("cleo"))
	expect(t, host, "waits no more cleo 5", "joined cleo")
	expect(t, ben, "joined cleo")
	expect(t, cleo, "admitted to 2", "quality 1 of ben")
	must(t, cleo.Publish(microphone(1)))
	expect(t, ben, "published cleo")
	want := []string{"3 host 0", "3 ben 0", "5 ben 0", "1 cleo 0", "2 cleo 5", "3 cleo 0", "5 cleo 0"}
	if !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
}

// TestHowWaitingEnds: each way is told to the hosts, and nobody else ever knew.
func TestHowWaitingEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end       func(t *testing.T, host, w *member)
		dismissed string
		reason    pb.LeaveReason
	}{
		"rejected":  {func(t *testing.T, h, _ *member) { h.orders(t, reject("w", false)) }, wire.CodeRejected, pb.LeaveReason_LEAVE_REASON_REJECTED},
		"blocked":   {func(t *testing.T, h, _ *member) { h.orders(t, reject("w", true)) }, wire.CodeBlocked, pb.LeaveReason_LEAVE_REASON_REJECTED},
		"removed":   {func(t *testing.T, h, _ *member) { h.orders(t, remove("w", false)) }, wire.CodeRemoved, pb.LeaveReason_LEAVE_REASON_REMOVED},
		"leaves":    {func(_ *testing.T, _, w *member) { w.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start) }, "", pb.LeaveReason_LEAVE_REASON_LEFT},
		"forgotten": {func(_ *testing.T, _, w *member) { w.Forget(start) }, "", pb.LeaveReason_LEAVE_REASON_FORGOTTEN},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRegistry(DefaultLimits(), nil, nil)
			host, _ := enter(t, r, "host", "host", hosting())
			ben, _ := enter(t, r, "ben", "ben", everything())
			host.drain()
			w := knock(t, r, "w")
			host.drain()
			test.end(t, host, w)
			expect(t, host, fmt.Sprintf("waits no more w %d", test.reason))
			expect(t, ben)
			expect(t, w)
			if w.dismissed != test.dismissed {
				t.Errorf("dismissed with %q", w.dismissed)
			}
			if w.Forget(start) {
				t.Error("it is forgotten twice")
			}
			_, err := r.Join("room", Joining{Session: "2", Identity: "w", Announcement: []byte{1}, Grants: everything(), At: start, Member: &member{t: t}})
			if blocked := test.dismissed == wire.CodeBlocked; blocked != (wire.CodeOf(err) == wire.CodeBlocked) {
				t.Errorf("joining again: %v", err)
			}
		})
	}
}

// TestWhoWaits: settings and tokens decide, hosts and those whose place it is come in.
func TestWhoWaits(t *testing.T) {
	join := func(r *Registry, session, identity string, grants *pb.Grants) (bool, error) {
		m := &member{t: t}
		joined, err := r.Join("room", Joining{Session: session, Identity: identity, Announcement: []byte{1}, Grants: grants, At: start, Member: m})
		return joined.Waiting, err
	}
	r := NewRegistry(DefaultLimits(), nil, nil)
	host, _ := enter(t, r, "host", "host", hosting())
	ben, _ := enter(t, r, "ben", "ben", everything())
	host.orders(t, lock(true))
	expect(t, ben, "room locked true waiting false")
	_, err := join(r, "1", "cleo", everything())
	expectCode(t, err, wire.CodeLocked)
	if waits, err := join(r, "2", "ben", everything()); waits || err != nil || ben.dismissed != wire.CodeReplaced {
		t.Errorf("who comes again: %v, %v, %q", waits, err, ben.dismissed)
	}
	if waits, err := join(r, "3", "second host", hosting()); waits || err != nil {
		t.Errorf("a host: %v, %v", waits, err)
	}
	host.orders(t, waitingRoom(true))
	for _, session := range []string{"4", "5"} {
		if waits, err := join(r, session, "cleo", everything()); !waits || err != nil {
			t.Errorf("in a locked room with a waiting room: %v, %v", waits, err)
		}
	}
	host.orders(t, lock(false))
	if waits, err := join(r, "6", "dora", everything()); !waits || err != nil {
		t.Errorf("in a waiting room: %v, %v", waits, err)
	}
	host.drain()
	host.orders(t, waitingRoom(false))
	host.orders(t, waitingRoom(false))
	expect(t, host, "room locked false waiting false")
	if waits, err := join(r, "7", "eva", everything()); waits || err != nil {
		t.Errorf("in an open room: %v, %v", waits, err)
	}
	if len(r.existing("room").waiting) != 2 {
		t.Error("those who wait do not wait on")
	}
}

// TestPlacesAreLimited: for participants by the node and by the meeting, for those who wait by the node.
func TestPlacesAreLimited(t *testing.T) {
	limits := DefaultLimits()
	limits.Participants, limits.Waiting = 4, 2
	r := NewRegistry(limits, nil, nil)
	join := func(session string, wait bool, grants *pb.Grants) error {
		_, err := r.Join("room", Joining{
			Session: session, Identity: session, Announcement: []byte{1}, Grants: grants, At: start, Member: &member{t: t}, Wait: wait, MaxParticipants: 2,
		})
		return err
	}
	host, _ := enter(t, r, "host", "host", hosting())
	must(t, join("ben", false, everything()))
	must(t, join("w1", true, everything()))
	must(t, join("w2", true, everything()))
	expectCode(t, join("w3", true, everything()), wire.CodeRoomFull)
	expectCode(t, join("cleo", false, everything()), wire.CodeRoomFull)
	expectCode(t, host.order(admit("w1")), wire.CodeRoomFull)
	expectCode(t, host.order(admit("")), wire.CodeRoomFull)
	must(t, join("host2", false, hosting()))
	must(t, join("host3", false, hosting()))
	expectCode(t, join("host4", false, hosting()), wire.CodeRoomFull)
	host.orders(t, remove("host2", false))
	host.orders(t, remove("host3", false))
	host.orders(t, remove("ben", false))
	host.orders(t, admit(""))
	members := slices.Sorted(func(yield func(string) bool) {
		for session := range r.existing("room").members {
			if !yield(session) {
				return
			}
		}
	})
	if !slices.Equal(members, []string{"host", "w1"}) {
		t.Errorf("in the room: %v", members)
	}
}

// comeBack leaves and joins again with a token that has to wait, and reports whether it does, or why it is refused.
func comeBack(r *Registry, m *member, session string) (waits bool, err error) {
	m.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	joined, err := r.Join("room", Joining{
		Session: session, Identity: m.Identity, Announcement: []byte{1}, Grants: everything(), Wait: true, At: start, Member: m, Meter: uncounted{},
	})
	if err == nil {
		m.Participant = joined.Participant
	}
	return joined.Waiting, err
}

// TestAdmissionLasts: who was let in comes back without asking, while nobody new does, until a host removes it or the room is empty.
func TestAdmissionLasts(t *testing.T) {
	r := NewRegistry(DefaultLimits(), nil, nil)
	host, _ := enter(t, r, "host", "host", hosting())
	ann, cleo := knock(t, r, "ann"), knock(t, r, "cleo")
	if r.Remembers("room", "ann") || !r.Remembers("room", "host") {
		t.Error("one who waits is remembered, or one who is there is not")
	}
	host.orders(t, admit("ann"))
	host.orders(t, waitingRoom(true))
	for _, locked := range []bool{false, true} {
		host.orders(t, lock(locked))
		host.orders(t, waitingRoom(!locked))
		host.drain()
		before, again := ann.Session, fmt.Sprint("ann again ", locked)
		if waits, err := comeBack(r, ann, again); waits || err != nil {
			t.Errorf("locked %v: one who was let in waits: %v, %v", locked, waits, err)
		}
		expect(t, host, "left "+before+" 1", "joined "+again)
		if waits, err := comeBack(r, cleo, fmt.Sprint("cleo again", locked)); !waits && wire.CodeOf(err) != wire.CodeLocked {
			t.Errorf("locked %v: one who was not let in: %v", locked, err)
		}
	}
	host.orders(t, lock(false))
	host.orders(t, waitingRoom(true))

	host.orders(t, remove(ann.Session, false))
	if waits, err := comeBack(r, ann, "3"); !waits || err != nil {
		t.Errorf("one who was removed: %v, %v", waits, err)
	}
	host.orders(t, admit(""))
	if waits, err := comeBack(r, ann, "4"); waits || err != nil {
		t.Errorf("one who was let in with all others: %v, %v", waits, err)
	}
	ann.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	if !r.Remembers("room", "ann") {
		t.Error("one who has left is forgotten")
	}
	expectCode(t, r.Moderate("room", Command{Moderate: remove("", false), Identity: "ann"}, start), wire.CodeParticipantUnknown)
	if r.Remembers("room", "ann") {
		t.Error("one who was removed when it was not there is remembered")
	}
	for _, m := range []*member{cleo, host} {
		m.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	}
	if r.Remembers("room", "ann") {
		t.Error("an empty room remembers")
	}
	if waits, err := comeBack(r, ann, "5"); !waits || err != nil {
		t.Errorf("in a room that was empty: %v, %v", waits, err)
	}
}

// TestClosingKeepsWhoIsThere: a lock is for those outside.
func TestClosingKeepsWhoIsThere(t *testing.T) {
	for name, closing := range map[string]*pb.Moderate{"lock": lock(true), "waiting room": waitingRoom(true)} {
		t.Run(name, func(t *testing.T) {
			r := NewRegistry(DefaultLimits(), nil, nil)
			host, _ := enter(t, r, "host", "host", hosting())
			ben, _ := enter(t, r, "ben", "ben", everything())
			gone, _ := enter(t, r, "gone", "gone", everything())
			gone.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
			host.orders(t, closing)
			if waits, err := comeBack(r, ben, "2"); waits || err != nil {
				t.Errorf("one who was there: %v, %v", waits, err)
			}
			if waits, err := comeBack(r, gone, "3"); !waits && wire.CodeOf(err) != wire.CodeLocked {
				t.Errorf("one who had left before: %v, %v", waits, err)
			}
		})
	}
}
