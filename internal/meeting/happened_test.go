package meeting_test

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/webhook"
)

func (f *fixture) happened(s *meeting.Service, kind webhook.Type, room, session string) {
	s.Happened(meeting.Event{
		Kind: kind, Room: room, Session: session, Identity: "id-" + session, Name: "Name", Reason: reasons[kind], At: f.clock.now(),
	})
}

// settle waits until everything is recorded, also what had to wait for another transaction.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

var reasons = map[webhook.Type]string{webhook.ParticipantLeft: "left", webhook.WaitingLeft: "admitted"}

func kinds(events []webhook.Event) []webhook.Type {
	var list []webhook.Type
	for _, e := range events {
		list = append(list, e.Type)
	}
	return list
}

func (f *fixture) wantKinds(events []webhook.Event, want ...webhook.Type) {
	f.Helper()
	if got := kinds(events); !reflect.DeepEqual(got, want) {
		f.Errorf("webhooks %v\nwant     %v", got, want)
	}
}

func endpoints(c *meeting.Config) {
	c.Endpoints = []meeting.Endpoint{{ID: "all"}, {ID: "clinic", Key: "clinic"}}
}

// TestRoomStartsAndFinishesOverAllNodes: two nodes, of which each has a participant.
func TestRoomStartsAndFinishesOverAllNodes(t *testing.T) {
	virtualtime.Test(t, roomStartsAndFinishesOverAllNodes)
}

func roomStartsAndFinishesOverAllNodes(t *testing.T) {
	f := setup(t, endpoints)
	m := f.create(clinic, meeting.Draft{})
	other := f.node(endpoints)

	f.happened(f.Service, webhook.WaitingJoined, m.ID, "a")
	f.happened(f.Service, webhook.WaitingLeft, m.ID, "a")
	f.happened(f.Service, webhook.ParticipantJoined, m.ID, "a")
	f.happened(f.Service, webhook.TrackPublished, m.ID, "a")
	defer f.run(f.Service)()
	defer f.run(other)()
	settle()
	f.happened(other, webhook.ParticipantJoined, m.ID, "b")
	settle()
	f.happened(f.Service, webhook.ParticipantLeft, m.ID, "a")
	settle()
	f.happened(other, webhook.ParticipantLeft, m.ID, "b")
	settle()

	events := f.sent("all")
	f.wantKinds(events, webhook.WaitingJoined, webhook.WaitingLeft, webhook.RoomStarted, webhook.ParticipantJoined, webhook.TrackPublished,
		webhook.ParticipantJoined, webhook.ParticipantLeft, webhook.ParticipantLeft, webhook.RoomFinished)
	f.wantKinds(f.sent("clinic"), kinds(events)...)
	joined := events[3]
	want := webhook.Data{Room: m.ID, Meeting: true, Participant: &webhook.Participant{Session: "a", Identity: "id-a", Name: "Name"}}
	if !reflect.DeepEqual(joined.Data, want) {
		t.Errorf("the webhook says %+v", joined.Data)
	}
	list, err := f.Attendance(t.Context(), clinic, m.ID, meeting.Page{})
	f.ok(err)
	if len(list.Items) != 2 || list.Items[0].Left.IsZero() || list.Items[0].Reason != "left" {
		t.Errorf("attendance %+v", list.Items)
	}
}

func TestRoomsWithoutMeetingAreToldOfToWhoIsToldOfAll(t *testing.T) {
	f := setup(t, endpoints)
	f.happened(f.Service, webhook.ParticipantJoined, "plain", "a")
	f.run(f.Service)()
	f.wantKinds(f.sent("all"), webhook.RoomStarted, webhook.ParticipantJoined)
	f.wantKinds(f.sent("clinic"))
}

func TestNothingIsKeptOfRoomsThatNobodyIsToldOf(t *testing.T) {
	f := setup(t)
	f.happened(f.Service, webhook.ParticipantJoined, "plain", "a")
	f.happened(f.Service, webhook.ParticipantLeft, "plain", "a")
	f.run(f.Service)()
	list, err := f.store.Attendance(t.Context(), "plain", meeting.Cursor{}, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("there is %+v, %v", list, err)
	}
}

// TestParticipantsOfADeadNodeLeave: a node dies, that is, it does nothing any more; another notices when it starts.
func TestParticipantsOfADeadNodeLeave(t *testing.T) {
	virtualtime.Test(t, participantsOfADeadNodeLeave)
}

func participantsOfADeadNodeLeave(t *testing.T) {
	f := setup(t, endpoints)
	m := f.create(ann, meeting.Draft{})
	f.happened(f.Service, webhook.ParticipantJoined, m.ID, "a")
	f.run(f.Service)() // its end lets its lease end
	f.wantKinds(f.sent("all"), webhook.RoomStarted, webhook.ParticipantJoined)
	f.clock.advance(time.Second)
	defer f.run(f.node(endpoints))()
	settle()
	events := f.sent("all")
	f.wantKinds(events, webhook.ParticipantLeft, webhook.RoomFinished)
	if len(events) == 2 && (events[0].Data.Reason != "lost" || events[0].Data.Participant.Identity != "id-a") {
		t.Errorf("left: %+v", events[0].Data)
	}
}

// TestWhoHasMovedStays: a node hands who is in a room over to another, and ends; nobody is told, whichever of the two is recorded first.
func TestWhoHasMovedStays(t *testing.T) { virtualtime.Test(t, whoHasMovedStays) }

func whoHasMovedStays(t *testing.T) {
	f := setup(t, endpoints)
	m := f.create(ann, meeting.Draft{})
	other := f.node(endpoints)
	defer f.run(other)()
	arrive := func(session string) {
		other.Happened(meeting.Event{
			Kind: webhook.ParticipantJoined, Moved: true, Room: m.ID, Session: session, Identity: "id-" + session, At: f.clock.now(),
		})
		settle()
	}
	f.happened(f.Service, webhook.ParticipantJoined, m.ID, "a")
	f.happened(f.Service, webhook.ParticipantJoined, m.ID, "b")
	arrive("b")
	stop := f.run(f.Service)
	settle()
	arrive("a")
	stop()
	f.clock.advance(time.Second)
	defer f.run(f.node(endpoints))()
	settle()
	f.wantKinds(f.sent("all"), webhook.RoomStarted, webhook.ParticipantJoined, webhook.ParticipantJoined)
	f.happened(other, webhook.ParticipantLeft, m.ID, "a")
	f.happened(other, webhook.ParticipantLeft, m.ID, "b")
	settle()
	f.wantKinds(f.sent("all"), webhook.ParticipantLeft, webhook.ParticipantLeft, webhook.RoomFinished)
}

func TestWhatIsTooOldIsRemoved(t *testing.T) { virtualtime.Test(t, whatIsTooOldIsRemoved) }

func whatIsTooOldIsRemoved(t *testing.T) {
	f := setup(t, func(c *meeting.Config) { c.Retention = 24 * time.Hour })
	ended := f.create(ann, meeting.Draft{Title: "ended"})
	f.ok(f.End(t.Context(), ann, ended.ID))
	f.create(ann, meeting.Draft{Title: "unused"})
	planned := f.create(ann, meeting.Draft{Title: "planned", Starts: f.clock.now().Add(100 * 24 * time.Hour)})
	busy := f.create(ann, meeting.Draft{Title: "busy"})
	f.happened(f.Service, webhook.ParticipantJoined, busy.ID, "a")
	f.run(f.Service)()
	f.clock.advance(25 * time.Hour)
	// Somebody is still there, at a node that lives.
	f.ok(f.store.Write(t.Context(), func(tx meeting.Tx) error {
		list, err := tx.Attendance(t.Context(), busy.ID, meeting.Cursor{}, 1)
		if err != nil {
			return err
		}
		return tx.Renew(t.Context(), list[0].Node, f.clock.now().Add(time.Hour))
	}))
	defer f.run(f.node(func(c *meeting.Config) { c.Retention = 24 * time.Hour }))()
	settle()
	left, err := f.List(t.Context(), ann, meeting.Page{})
	f.ok(err)
	if len(left.Items) != 2 {
		t.Errorf("there are %+v", left.Items)
	}
	for _, id := range []string{planned.ID, busy.ID} {
		if _, err := f.Get(t.Context(), ann, id); err != nil {
			t.Error(err)
		}
	}
	log, err := f.Audit(t.Context(), ann, planned.ID, meeting.Page{})
	if err != nil || len(log.Items) != 0 {
		t.Errorf("the audit log still has %+v, %v", log.Items, err)
	}
}

// TestRecorders: who says that it records is told of when it comes and when it is gone, be it with its node.
func TestRecorders(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		f := setup(t, endpoints)
		m := f.create(clinic, meeting.Draft{})
		stop := f.run(f.Service)
		for _, session := range []string{"a", "b"} {
			f.Happened(meeting.Event{
				Kind: webhook.ParticipantJoined, Room: m.ID, Session: session, Identity: "id-" + session, Records: true, At: f.clock.now(),
			})
		}
		f.happened(f.Service, webhook.ParticipantLeft, m.ID, "a")
		settle()
		stop()
		f.wantKinds(f.sent("clinic"), webhook.RoomStarted, webhook.ParticipantJoined, webhook.RecordingStarted, webhook.ParticipantJoined,
			webhook.RecordingStarted, webhook.RecordingStopped, webhook.ParticipantLeft)
		list, err := f.Attendance(t.Context(), clinic, m.ID, meeting.Page{})
		f.ok(err)
		if len(list.Items) != 2 || !list.Items[0].Records {
			t.Errorf("attendance %+v", list.Items)
		}
		f.clock.advance(time.Minute)
		defer f.run(f.node(endpoints))()
		settle()
		f.wantKinds(f.sent("clinic"), webhook.RecordingStopped, webhook.ParticipantLeft, webhook.RoomFinished)
	})
}
