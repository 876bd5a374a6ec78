package meeting_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/webhook"
)

func TestExportAndErase(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	mine := f.create(ann, meeting.Draft{Title: "mine"})
	others := f.create(bob, meeting.Draft{Title: "bob's"})
	keys := f.create(clinic, meeting.Draft{})
	f.ok(f.SetRole(ctx, bob, others.ID, ann.Person, meeting.CoHost))
	f.ok(f.SetRole(ctx, clinic, keys.ID, ann.Person, meeting.CoHost))
	f.ok(f.Do(ctx, ann, others.ID, meeting.Command{Action: meeting.Lock}))
	for i, room := range []string{others.ID, keys.ID} {
		f.Happened(meeting.Event{
			Kind: webhook.ParticipantJoined, Room: room, Session: string(rune('a' + i)), Identity: ann.Person, Name: "Ann Meier", At: f.clock.now(),
		})
	}
	f.run(f.Service)()

	_, err := f.Export(ctx, bob, ann.Person)
	f.refused(err, meeting.CodeForbidden)
	f.refused(f.Erase(ctx, bob, ann.Person), meeting.CodeForbidden)

	known, err := f.Export(ctx, ann, ann.Person)
	f.ok(err)
	if len(known.Meetings) != 1 || len(known.Appointments) != 2 || len(known.Attendance) != 2 || len(known.Audit) == 0 {
		t.Errorf("a person exports %+v", known)
	}
	part, err := f.Export(ctx, clinic, ann.Person)
	f.ok(err)
	if len(part.Meetings) != 0 || len(part.Appointments) != 1 || len(part.Attendance) != 1 || part.Attendance[0].Room != keys.ID {
		t.Errorf("an API key exports %+v", part)
	}

	f.ok(f.Erase(ctx, clinic, ann.Person))
	if part, err = f.Export(ctx, clinic, ann.Person); err != nil || len(part.Attendance)+len(part.Appointments)+len(part.Audit) != 0 {
		t.Errorf("an API key has erased, and exports %+v, %v", part, err)
	}
	if known, err = f.Export(ctx, ann, ann.Person); err != nil || len(known.Attendance) != 1 || len(known.Meetings) != 1 {
		t.Errorf("elsewhere there should be everything: %+v, %v", known, err)
	}

	f.ok(f.Erase(ctx, ann, ann.Person))
	known, err = f.Export(ctx, ann, ann.Person)
	f.ok(err)
	text, err := json.Marshal(known)
	f.ok(err)
	if known.Identity = ""; strings.Contains(strings.Replace(string(text), ann.Person, "", 1), "nn") {
		t.Errorf("after erasing there is %s", text)
	}
	_, err = f.Get(ctx, bob, mine.ID)
	f.refused(err, meeting.CodeNotFound)
	stays, err := f.Attendance(ctx, bob, others.ID, meeting.Page{})
	f.ok(err)
	if len(stays.Items) != 1 || stays.Items[0].Identity != meeting.Erased || stays.Items[0].Name != "" {
		t.Errorf("others' record is %+v", stays.Items)
	}
	log, err := f.Audit(ctx, bob, others.ID, meeting.Page{})
	f.ok(err)
	for _, e := range log.Items {
		if e.By == ann.Person || e.Target == ann.Person {
			t.Errorf("others' audit log says %+v", e)
		}
	}
}

// TestGuestBecomesAPerson: what a guest owns and is becomes the person's, and nothing of others.
func TestGuestBecomesAPerson(t *testing.T) {
	f := setup(t)
	owner := meeting.Caller{Person: guest.Person}
	mine := f.create(owner, meeting.Draft{Title: "Mine"})
	theirs := f.create(bob, meeting.Draft{})
	f.ok(f.SetRole(t.Context(), bob, theirs.ID, guest.Person, meeting.CoHost))
	f.clock.advance(time.Second)
	f.ok(f.Adopt(t.Context(), guest.Person, ann.Person))
	list, err := f.List(t.Context(), ann, meeting.Page{})
	f.ok(err)
	if len(list.Items) != 1 || list.Items[0].ID != mine.ID || list.Items[0].Version != mine.Version+1 {
		t.Errorf("the person has %+v", list.Items)
	}
	if ticket, d := f.join(ann, theirs.ID, meeting.JoinRequest{}); ticket.Role != meeting.CoHost || !d.Grants.Admin {
		t.Errorf("in another's meeting the person is %+v", ticket)
	}
	if list, err := f.List(t.Context(), owner, meeting.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("the guest still has %+v, %v", list.Items, err)
	}
	f.refused(f.End(t.Context(), owner, mine.ID), meeting.CodeForbidden)
	log, err := f.Audit(t.Context(), ann, mine.ID, meeting.Page{})
	f.ok(err)
	if e := log.Items[0]; e.Action != "adopt" || e.By != ann.Person || e.Target != guest.Person {
		t.Errorf("the audit log says %+v", e)
	}
	f.ok(f.Adopt(t.Context(), "guest-nobody", ann.Person))
}
