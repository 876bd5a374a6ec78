package meeting_test

import (
	"reflect"
	"sync"
	"testing"

	"github.com/openconfab/confab/internal/meeting"
)

func TestStrangersSeeAnInvitation(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{Title: "Standup"})
	for _, c := range []meeting.Caller{bob, guest} {
		got, err := f.Get(t.Context(), c, m.ID)
		f.ok(err)
		if got.Title != "Standup" || got.Owner != (meeting.Owner{}) || !got.Created.IsZero() {
			t.Errorf("%s sees %+v", c.By(), got)
		}
	}
	own := f.create(clinic, meeting.Draft{})
	nobody := meeting.Caller{Guest: true}
	if got, err := f.Get(t.Context(), nobody, own.ID); err != nil || got.Owner != (meeting.Owner{}) {
		t.Errorf("nobody sees %+v, %v", got, err)
	}
	f.refused(f.End(t.Context(), nobody, own.ID), meeting.CodeForbidden)
	_, err := f.Get(t.Context(), clinic, m.ID)
	f.refused(err, meeting.CodeNotFound)
	_, err = f.Get(t.Context(), ann, "nowhere")
	f.refused(err, meeting.CodeNotFound)
}

// TestOnlyWhoMay: everything that is not for everybody, for all who may not and for those who may.
func TestOnlyWhoMay(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	for name, tt := range map[string]struct {
		do     func(by meeting.Caller, id string) error
		cohost bool // may do it
	}{
		"update": {func(by meeting.Caller, id string) error {
			_, err := f.Update(ctx, by, id, 0, meeting.Patch{})
			return err
		}, true},
		"lock": {func(by meeting.Caller, id string) error {
			return f.Do(ctx, by, id, meeting.Command{Action: meeting.Lock})
		}, true},
		"block":  {func(by meeting.Caller, id string) error { return f.Block(ctx, by, id, "eve") }, true},
		"blocks": {func(by meeting.Caller, id string) error { _, err := f.Blocks(ctx, by, id, meeting.Page{}); return err }, true},
		"attendance": {func(by meeting.Caller, id string) error {
			_, err := f.Attendance(ctx, by, id, meeting.Page{})
			return err
		}, true},
		"participants": {func(by meeting.Caller, id string) error { _, err := f.Participants(ctx, by, id); return err }, true},
		"appointments": {func(by meeting.Caller, id string) error {
			_, err := f.Appointments(ctx, by, id, meeting.Page{})
			return err
		}, true},
		"audit":    {func(by meeting.Caller, id string) error { _, err := f.Audit(ctx, by, id, meeting.Page{}); return err }, false},
		"set role": {func(by meeting.Caller, id string) error { return f.SetRole(ctx, by, id, "eve", meeting.CoHost) }, false},
		"end":      {func(by meeting.Caller, id string) error { return f.End(ctx, by, id) }, false},
		"delete":   {func(by meeting.Caller, id string) error { return f.Delete(ctx, by, id) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := f.create(ann, meeting.Draft{})
			f.refused(tt.do(bob, m.ID), meeting.CodeForbidden)
			f.refused(tt.do(guest, m.ID), meeting.CodeForbidden)
			f.refused(tt.do(clinic, m.ID), meeting.CodeNotFound)
			f.ok(f.SetRole(ctx, ann, m.ID, bob.Person, meeting.CoHost))
			if err := tt.do(bob, m.ID); tt.cohost {
				f.ok(err)
			} else {
				f.refused(err, meeting.CodeForbidden)
			}
			f.ok(f.SetRole(ctx, ann, m.ID, bob.Person, meeting.Host))
			f.ok(tt.do(bob, m.ID))
			own := f.create(clinic, meeting.Draft{})
			f.refused(tt.do(rival, own.ID), meeting.CodeNotFound)
			f.ok(tt.do(clinic, own.ID))
		})
	}
}

func TestUpdateNeedsTheVersionThatIsThere(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{Title: "old"})
	changed, err := f.Update(t.Context(), ann, m.ID, m.Version, meeting.Patch{Title: to("new")})
	f.ok(err)
	if changed.Title != "new" || changed.Version != 2 {
		t.Errorf("changed to %+v", changed)
	}
	_, err = f.Update(t.Context(), ann, m.ID, m.Version, meeting.Patch{Title: to("newer")})
	f.refused(err, meeting.CodeVersion)
	_, err = f.Update(t.Context(), ann, m.ID, 0, meeting.Patch{TimeZone: to("nowhere")})
	f.refused(err, meeting.CodeInvalid)
	if got, err := f.Get(t.Context(), ann, m.ID); err != nil || got != changed {
		t.Errorf("there is %+v, %v", got, err)
	}
}

func TestUpdatesAtOnceAllCount(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	var all sync.WaitGroup
	const count = 10
	for range count {
		all.Go(func() {
			if _, err := f.Update(t.Context(), ann, m.ID, 0, meeting.Patch{Title: to("x")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := f.Get(t.Context(), ann, m.ID); err != nil || got.Version != 1+count {
		t.Errorf("version %d, %v", got.Version, err)
	}
}

func TestUpdateReachesTheLiveRoom(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	patch := meeting.Patch{Settings: meeting.SettingsPatch{Locked: to(true), WaitingRoom: to(true), Chat: to(meeting.Hosts)}}
	_, err := f.Update(t.Context(), ann, m.ID, 0, patch)
	f.ok(err)
	if got, want := f.rooms.actions(), []meeting.Action{meeting.WaitingRoomOn, meeting.Lock}; !reflect.DeepEqual(got, want) {
		t.Errorf("the room was told %v, want %v", got, want)
	}
	_, err = f.Update(t.Context(), ann, m.ID, 0, patch)
	f.ok(err)
	if got := f.rooms.actions(); len(got) != 0 {
		t.Errorf("nothing has changed, and the room was told %v", got)
	}
}

func TestEndedMeetingIsOver(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	ticket, _ := f.join(ann, m.ID, meeting.JoinRequest{})
	f.ok(f.End(t.Context(), ann, m.ID))
	f.ok(f.End(t.Context(), ann, m.ID))
	if got := f.rooms.actions(); len(got) == 0 || got[0] != meeting.EndAll {
		t.Errorf("the room was told %v", got)
	}
	_, err := f.Join(t.Context(), ann, m.ID, meeting.JoinRequest{})
	f.refused(err, meeting.CodeEnded)
	_, err = f.arrive(ticket.Token)
	f.refused(err, meeting.CodeEnded)
	_, err = f.Update(t.Context(), ann, m.ID, 0, meeting.Patch{Title: to("x")})
	f.refused(err, meeting.CodeEnded)

	f.ok(f.Delete(t.Context(), ann, m.ID))
	_, err = f.Get(t.Context(), ann, m.ID)
	f.refused(err, meeting.CodeNotFound)
	_, err = f.arrive(ticket.Token)
	f.refused(err, meeting.CodeEnded)
}

func TestTransfer(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	f.ok(f.SetRole(t.Context(), ann, m.ID, bob.Person, meeting.Host))
	f.refused(f.Transfer(t.Context(), bob, m.ID, bob.Person), meeting.CodeForbidden)
	f.refused(f.SetRole(t.Context(), bob, m.ID, ann.Person, meeting.Member), meeting.CodeForbidden)
	f.ok(f.Transfer(t.Context(), ann, m.ID, bob.Person))
	mine, err := f.List(t.Context(), bob, meeting.Page{})
	f.ok(err)
	if len(mine.Items) != 1 || mine.Items[0].ID != m.ID {
		t.Errorf("bob has %+v", mine.Items)
	}
	if _, d := f.join(ann, m.ID, meeting.JoinRequest{}); !d.Grants.Admin {
		t.Error("who gave it away is no host")
	}
	f.ok(f.SetRole(t.Context(), bob, m.ID, ann.Person, meeting.Member))
	if _, d := f.join(ann, m.ID, meeting.JoinRequest{}); d.Grants.Admin {
		t.Error("who was dismissed is a host")
	}
}

func TestEveryPrivilegedActionIsLogged(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	m := f.create(ann, meeting.Draft{})
	f.rooms.participants = []meeting.Participant{{Session: "s", Identity: "eve"}}
	_, err := f.Update(ctx, ann, m.ID, 0, meeting.Patch{Title: to("x")})
	f.ok(err)
	f.ok(f.SetRole(ctx, ann, m.ID, bob.Person, meeting.CoHost))
	f.ok(f.Do(ctx, bob, m.ID, meeting.Command{Action: meeting.Mute, Session: "s", Source: "microphone"}))
	f.ok(f.Block(ctx, bob, m.ID, "eve"))
	f.ok(f.Unblock(ctx, ann, m.ID, "eve"))
	f.ok(f.Moderated(ctx, m.ID, meeting.Command{Action: meeting.Admit, Session: "s", Identity: "eve", By: "person-bob"}))
	f.ok(f.End(ctx, ann, m.ID))
	log, err := f.Audit(ctx, ann, m.ID, meeting.Page{})
	f.ok(err)
	seen := map[[4]string]bool{}
	for _, e := range log.Items {
		seen[[4]string{e.By, e.Action, e.Target, e.Detail}] = true
	}
	want := [][4]string{
		{"person-ann", "create", "", ""}, {"person-ann", "update", "", ""}, {"person-ann", "role", "person-bob", "cohost"},
		{"person-bob", "mute", "eve", "microphone"}, {"person-bob", "remove", "eve", "block"}, {"person-ann", "unblock", "eve", ""},
		{"person-bob", "admit", "eve", ""}, {"person-ann", "end", "", ""},
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("there is no entry %v", w)
		}
	}
	if len(log.Items) != len(want) {
		t.Errorf("%d entries, want %d: %+v", len(log.Items), len(want), log.Items)
	}
}
