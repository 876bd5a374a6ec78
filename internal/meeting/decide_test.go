package meeting_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

var everything = token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true}

func TestRoomWithoutMeetingIsTheTokens(t *testing.T) {
	f := setup(t)
	g := everything
	g.Wait = true
	d, err := f.Decide(t.Context(), meeting.Arrival{Room: "r", Identity: "a", KeyID: "clinic", Grants: g})
	f.ok(err)
	if !reflect.DeepEqual(d, meeting.Decision{Grants: g, Waiting: true}) {
		t.Errorf("decided %+v", d)
	}
	g.Admin = true
	if d, err = f.Decide(t.Context(), meeting.Arrival{Room: "r", Identity: "a", KeyID: "clinic", Grants: g}); err != nil || d.Waiting {
		t.Errorf("a host waits: %+v, %v", d, err)
	}
	_, err = f.Decide(t.Context(), meeting.Arrival{Room: "r", Identity: "a", KeyID: meeting.KeyID, Grants: g})
	f.refused(err, meeting.CodeEnded)
}

func TestSettingsRestrictWhoIsNoHost(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{
		Share: to(meeting.Hosts), Chat: to(meeting.Hosts), Unmute: to(meeting.Hosts), WaitingRoom: to(true), MaxParticipants: to(5),
	}})
	_, d := f.join(bob, m.ID, meeting.JoinRequest{})
	want := meeting.Decision{
		Grants:  token.Grants{Join: true, Publish: []token.Source{token.Camera}, Subscribe: true},
		Waiting: true, Known: true, Settings: m.Settings, MaxParticipants: 5,
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
	_, d = f.join(ann, m.ID, meeting.JoinRequest{})
	host := everything
	host.Admin = true
	if d.Waiting || !reflect.DeepEqual(d.Grants, host) {
		t.Errorf("the owner: %+v", d)
	}
}

func TestDecideRefuses(t *testing.T) {
	f := setup(t)
	open := f.create(ann, meeting.Draft{}).ID
	closed := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{Guests: to(false), Locked: to(true)}}).ID
	keys := f.create(clinic, meeting.Draft{Settings: meeting.SettingsPatch{Locked: to(true)}}).ID
	private := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{Record: to(meeting.Hosts)}}).ID
	now := f.clock.now()
	admin, recorder := everything, everything
	admin.Admin, recorder.Record = true, true
	for name, tt := range map[string]struct {
		arrival meeting.Arrival
		want    meeting.Code
	}{
		"a guest":                       {meeting.Arrival{Room: open, Identity: "guest-x", Guest: true, Grants: everything}, ""},
		"a guest where none is taken":   {meeting.Arrival{Room: closed, Identity: "guest-x", Guest: true}, meeting.CodeGuestsRefused},
		"a key that is not the owner's": {meeting.Arrival{Room: keys, Identity: "a", KeyID: "rival", Issued: now, Grants: admin}, meeting.CodeForeignKey},
		"a key, a person's meeting":     {meeting.Arrival{Room: open, Identity: ann.Person, KeyID: "clinic", Issued: now}, meeting.CodeForeignKey},
		"a locked meeting, its owner":   {meeting.Arrival{Room: closed, Identity: ann.Person, KeyID: meeting.KeyID, Issued: now}, ""},
		"a locked meeting, a host":      {meeting.Arrival{Room: keys, Identity: "a", KeyID: "clinic", Issued: now, Grants: admin}, ""},
		"a recorder":                    {meeting.Arrival{Room: keys, Identity: "a", KeyID: "clinic", Issued: now, Records: true}, meeting.CodeRecording},
		"a recorder, a guest":           {meeting.Arrival{Room: private, Identity: "guest-x", Guest: true, Records: true}, meeting.CodeRecording},
		"a recorder by a host":          {meeting.Arrival{Room: keys, Identity: "a", KeyID: "clinic", Issued: now, Grants: admin, Records: true}, ""},
		"a recorder with the grant":     {meeting.Arrival{Room: keys, Identity: "a", KeyID: "clinic", Issued: now, Grants: recorder, Records: true}, ""},
		"a recorder where all may":      {meeting.Arrival{Room: open, Identity: "guest-x", Guest: true, Records: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.Decide(t.Context(), tt.arrival)
			if tt.want == "" {
				f.ok(err)
			} else {
				f.refused(err, tt.want)
			}
		})
	}
}

// TestLocksAreTheRooms: who is let into a locked meeting is for the room to say, and a token makes nobody a host there.
func TestLocksAreTheRooms(t *testing.T) {
	f := setup(t)
	m := f.create(clinic, meeting.Draft{Settings: meeting.SettingsPatch{Locked: to(true)}})
	forged := everything
	forged.Admin = true
	d, err := f.Decide(t.Context(), meeting.Arrival{Room: m.ID, Identity: "a", KeyID: meeting.KeyID, Issued: f.clock.now(), Grants: forged})
	f.ok(err)
	if d.Grants.Admin || d.Waiting || !d.Settings.Locked {
		t.Errorf("decided %+v", d)
	}
	_, err = f.Join(t.Context(), clinic, m.ID, meeting.JoinRequest{Identity: "a"})
	f.refused(err, meeting.CodeLocked)
	f.rooms.remembered = []string{"a"}
	if ticket, _ := f.join(clinic, m.ID, meeting.JoinRequest{Identity: "a"}); ticket.Waits {
		t.Error("one who was in it is told that it waits")
	}
}

func TestWhoWaitsIsToldSo(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{WaitingRoom: to(true)}})
	if ticket, _ := f.join(bob, m.ID, meeting.JoinRequest{}); !ticket.Waits {
		t.Error("one who waits is not told")
	}
	if ticket, _ := f.join(ann, m.ID, meeting.JoinRequest{}); ticket.Waits {
		t.Error("the owner waits")
	}
	f.rooms.remembered = []string{bob.Person}
	if ticket, _ := f.join(bob, m.ID, meeting.JoinRequest{}); ticket.Waits {
		t.Error("one who was let in waits again")
	}
}

// TestOneTokenIsRevoked, on all nodes, and no other.
func TestOneTokenIsRevoked(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	first, _ := f.join(bob, m.ID, meeting.JoinRequest{})
	second, _ := f.join(bob, m.ID, meeting.JoinRequest{})
	f.refused(f.RevokeToken(t.Context(), bob, m.ID, first.ID), meeting.CodeForbidden)
	f.refused(f.RevokeToken(t.Context(), ann, m.ID, ""), meeting.CodeInvalid)
	f.refused(f.RevokeToken(t.Context(), rival, m.ID, first.ID), meeting.CodeNotFound)
	f.clock.advance(time.Second)
	for range 2 {
		f.ok(f.RevokeToken(t.Context(), ann, m.ID, first.ID))
	}
	for _, node := range []*meeting.Service{f.Service, f.node()} {
		f.Service = node
		_, err := f.arrive(first.Token)
		f.refused(err, meeting.CodeRevoked)
		if _, err := f.arrive(second.Token); err != nil {
			t.Errorf("another token: %v", err)
		}
	}
	log, err := f.Audit(t.Context(), ann, m.ID, meeting.Page{})
	f.ok(err)
	if len(log.Items) != 2 || log.Items[0].Action != "revoke-token" || log.Items[0].Detail != first.ID {
		t.Errorf("the audit log says %+v", log.Items)
	}
}

func TestWhoIsRemovedNeedsANewToken(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	ticket, _ := f.join(bob, m.ID, meeting.JoinRequest{})
	other, _ := f.join(guest, m.ID, meeting.JoinRequest{})
	f.clock.advance(time.Minute)
	f.rooms.participants = []meeting.Participant{{Session: "s", Identity: bob.Person}}
	f.ok(f.Do(t.Context(), ann, m.ID, meeting.Command{Action: meeting.Remove, Session: "s"}))
	_, err := f.arrive(ticket.Token)
	f.refused(err, meeting.CodeRevoked)
	if _, err := f.arrive(other.Token); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	_, err = f.Decide(t.Context(), meeting.Arrival{Room: m.ID, Identity: bob.Person, KeyID: meeting.KeyID})
	f.refused(err, meeting.CodeRevoked)
	f.clock.advance(2 * time.Second)
	f.join(bob, m.ID, meeting.JoinRequest{})
}

func TestWhoIsBlockedStaysOut(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	ticket, _ := f.join(bob, m.ID, meeting.JoinRequest{})
	f.clock.advance(time.Minute)
	f.ok(f.Block(t.Context(), ann, m.ID, bob.Person)) // is not there
	_, err := f.arrive(ticket.Token)
	f.refused(err, meeting.CodeBlocked)
	_, err = f.Join(t.Context(), bob, m.ID, meeting.JoinRequest{})
	f.refused(err, meeting.CodeBlocked)
	f.ok(f.Unblock(t.Context(), ann, m.ID, bob.Person))
	f.refused(f.Unblock(t.Context(), ann, m.ID, bob.Person), meeting.CodeNotFound)
	f.clock.advance(2 * time.Second)
	f.join(bob, m.ID, meeting.JoinRequest{})
	f.refused(f.Block(t.Context(), ann, "nowhere", bob.Person), meeting.CodeNotFound)
}

func TestHostsAreProtected(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	f.ok(f.SetRole(t.Context(), ann, m.ID, "host", meeting.Host))
	f.ok(f.SetRole(t.Context(), ann, m.ID, "cohost", meeting.CoHost))
	remove := func(by, whom string) error {
		return f.Moderated(t.Context(), m.ID, meeting.Command{Action: meeting.Remove, Identity: whom, Block: true, By: by})
	}
	f.refused(remove("host", ann.Person), meeting.CodeForbidden)
	f.refused(remove("cohost", ann.Person), meeting.CodeForbidden)
	f.refused(remove("cohost", "host"), meeting.CodeForbidden)
	f.ok(remove("host", "cohost"))
	f.ok(remove(ann.Person, "host"))
	if err := f.Moderated(t.Context(), "no-meeting", meeting.Command{Action: meeting.Remove, Identity: "a", By: "b"}); err != nil {
		t.Errorf("a room without a meeting: %v", err)
	}
}

func TestModerationLasts(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	for _, a := range []meeting.Action{meeting.Lock, meeting.WaitingRoomOn} {
		f.ok(f.Moderated(t.Context(), m.ID, meeting.Command{Action: a, By: ann.Person}))
	}
	got, err := f.Get(t.Context(), ann, m.ID)
	f.ok(err)
	if !got.Settings.Locked || !got.Settings.WaitingRoom || got.Version != 3 {
		t.Errorf("there is %+v", got)
	}
	grants := everything
	grants.Admin = true
	f.ok(f.Moderated(t.Context(), m.ID, meeting.Command{Action: meeting.SetGrants, Identity: bob.Person, Grants: &grants, By: ann.Person}))
	if ticket, d := f.join(bob, m.ID, meeting.JoinRequest{}); !d.Grants.Admin || d.Waiting || ticket.Role != meeting.CoHost {
		t.Errorf("who was made a host: %+v, %+v", d, ticket)
	}
	f.ok(f.Moderated(t.Context(), m.ID, meeting.Command{Action: meeting.EndAll, By: ann.Person}))
	_, err = f.Join(t.Context(), bob, m.ID, meeting.JoinRequest{})
	f.refused(err, meeting.CodeEnded)
}
