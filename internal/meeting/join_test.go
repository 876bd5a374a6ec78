package meeting_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

func TestTicketsAreShortLivedTokens(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	ticket, _ := f.join(bob, m.ID, meeting.JoinRequest{})
	key := f.Key()
	c, err := token.Verify(ticket.Token, func(string) (token.Key, bool) { return key, true }, f.clock.now())
	f.ok(err)
	if c.Identity != bob.Person || c.Name != "Bob" || c.Room != m.ID || c.KeyID != meeting.KeyID || c.ID == "" || !c.Issued.Equal(f.clock.now()) {
		t.Errorf("the token says %+v", c)
	}
	if !c.Expires.Equal(ticket.Expires) || c.Expires.Sub(c.Issued) != meeting.TokenLife {
		t.Errorf("it expires at %v, issued %v", c.Expires, c.Issued)
	}
	if c.Grants.Admin {
		t.Error("it makes its bearer a host, for ever")
	}
	if another, _ := f.join(bob, m.ID, meeting.JoinRequest{}); another.Token == ticket.Token {
		t.Error("two tokens are the same")
	}
	if ticket.Meeting.Owner != (meeting.Owner{}) || ticket.Role != meeting.Member {
		t.Errorf("a member learns %+v", ticket)
	}
}

func TestKeyLetsOthersIn(t *testing.T) {
	f := setup(t)
	m := f.create(clinic, meeting.Draft{})
	listen := token.Grants{Subscribe: true, Admin: true}
	_, d := f.join(clinic, m.ID, meeting.JoinRequest{Identity: "patient-17", Name: "P.", Grants: &listen})
	if !reflect.DeepEqual(d.Grants, token.Grants{Join: true, Subscribe: true, Publish: []token.Source{}}) && !reflect.DeepEqual(d.Grants, token.Grants{Join: true, Subscribe: true}) {
		t.Errorf("a listener may %+v", d.Grants)
	}
	ticket, d := f.join(clinic, m.ID, meeting.JoinRequest{Identity: "dr-m", Role: meeting.Host})
	if !d.Grants.Admin || ticket.Role != meeting.Host {
		t.Errorf("a host: %+v, %+v", d, ticket)
	}
	if _, d := f.join(clinic, m.ID, meeting.JoinRequest{Identity: "dr-m"}); !d.Grants.Admin {
		t.Error("a host is none the next time")
	}
	if _, d := f.join(clinic, m.ID, meeting.JoinRequest{Identity: "dr-m", Role: meeting.Member}); d.Grants.Admin {
		t.Error("who is dismissed is a host")
	}
}

func TestJoinRefuses(t *testing.T) {
	f := setup(t)
	own := f.create(clinic, meeting.Draft{}).ID
	private := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{Guests: to(false)}}).ID
	locked := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{Locked: to(true)}}).ID
	waiting := f.create(ann, meeting.Draft{Settings: meeting.SettingsPatch{Locked: to(true), WaitingRoom: to(true)}}).ID
	for name, tt := range map[string]struct {
		by      meeting.Caller
		id      string
		request meeting.JoinRequest
		want    meeting.Code
	}{
		"another key":                  {rival, own, meeting.JoinRequest{Identity: "a"}, meeting.CodeNotFound},
		"a key, a person's meeting":    {clinic, private, meeting.JoinRequest{Identity: "a"}, meeting.CodeNotFound},
		"a key, a role, another's":     {rival, own, meeting.JoinRequest{Identity: "a", Role: meeting.Host}, meeting.CodeNotFound},
		"no identity":                  {clinic, own, meeting.JoinRequest{}, meeting.CodeInvalid},
		"a long name":                  {clinic, own, meeting.JoinRequest{Identity: "a", Name: strings.Repeat("x", 257)}, meeting.CodeInvalid},
		"a strange role":               {clinic, own, meeting.JoinRequest{Identity: "a", Role: "king"}, meeting.CodeInvalid},
		"a strange source":             {clinic, own, meeting.JoinRequest{Identity: "a", Grants: &token.Grants{Publish: []token.Source{"desk"}}}, meeting.CodeInvalid},
		"a person that names another":  {bob, private, meeting.JoinRequest{Identity: ann.Person}, meeting.CodeForbidden},
		"a person that wants a role":   {bob, private, meeting.JoinRequest{Role: meeting.Host}, meeting.CodeForbidden},
		"a person, a key's meeting":    {bob, own, meeting.JoinRequest{}, meeting.CodeGuestsRefused},
		"a guest where none is taken":  {guest, private, meeting.JoinRequest{}, meeting.CodeGuestsRefused},
		"a person where none is taken": {bob, private, meeting.JoinRequest{}, ""},
		"a locked meeting":             {bob, locked, meeting.JoinRequest{}, meeting.CodeLocked},
		"a locked one where one waits": {bob, waiting, meeting.JoinRequest{}, ""},
		"its owner":                    {ann, locked, meeting.JoinRequest{}, ""},
		"no meeting":                   {bob, "nowhere", meeting.JoinRequest{}, meeting.CodeNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.Join(t.Context(), tt.by, tt.id, tt.request)
			if tt.want == "" {
				f.ok(err)
			} else {
				f.refused(err, tt.want)
			}
		})
	}
}

func TestRoleChangesWhoIsInTheRoom(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{})
	f.rooms.participants = []meeting.Participant{
		{Session: "s1", Identity: bob.Person, Grants: everything}, {Session: "s2", Identity: "other", Grants: everything},
	}
	f.ok(f.SetRole(t.Context(), ann, m.ID, bob.Person, meeting.CoHost))
	f.ok(f.SetRole(t.Context(), ann, m.ID, bob.Person, meeting.CoHost))
	if len(f.rooms.done) != 1 {
		t.Fatalf("the room was told %+v", f.rooms.done)
	}
	want := everything
	want.Admin = true
	if c := f.rooms.done[0]; c.Action != meeting.SetGrants || c.Session != "s1" || c.By != ann.Person || !reflect.DeepEqual(*c.Grants, want) {
		t.Errorf("the room was told %+v", c)
	}
}
