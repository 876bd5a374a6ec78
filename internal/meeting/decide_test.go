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
	now := f.clock.now()
	admin := everything
	admin.Admin = true
	for name, tt := range map[string]struct {
		arrival meeting.Arrival
		want    meeting.Code
	}{
		"a guest":                       {meeting.Arrival{Room: open, Identity: "guest-x", Guest: true, Grants: everything}, ""},
		"a guest where none is taken":   {meeting.Arrival{Room: closed, Identity: "guest-x", Guest: true}, meeting.CodeGuestsRefused},
		"a key that is not the owner's": {meeting.Arrival{Room: keys, Identity: "a", KeyID: "rival", Issued: now, Grants: admin}, meeting.CodeForeignKey},
		"a key, a person's meeting":     {meeting.Arrival{Room: open, Identity: ann.Person, KeyID: "clinic", Issued: now}, meeting.CodeForeignKey},
		"a locked meeting":              {meeting.Arrival{Room: closed, Identity: bob.Person, KeyID: meeting.KeyID, Issued: now}, meeting.CodeLocked},
		"a locked meeting, its owner":   {meeting.Arrival{Room: closed, Identity: ann.Person, KeyID: meeting.KeyID, Issued: now}, ""},
		"a locked meeting, a host":      {meeting.Arrival{Room: keys, Identity: "a", KeyID: "clinic", Issued: now, Grants: admin}, ""},
		"a forged admin":                {meeting.Arrival{Room: keys, Identity: "a", KeyID: meeting.KeyID, Issued: now, Grants: admin}, meeting.CodeLocked},
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
