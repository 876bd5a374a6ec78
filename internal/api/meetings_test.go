package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

func TestBackEndRunsItsMeetings(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b := n.backEnd(clinic)
		plan := `{"title":"Consultation","starts":"2026-03-02T10:00:00+01:00","ends":"2026-03-02T10:30:00+01:00","timeZone":"Europe/Berlin",` +
			`"settings":{"waitingRoom":true,"share":"hosts","maxParticipants":4}}`
		a := b.do("POST", "/v1/meetings", plan)
		m := get[Meeting](b, a, http.StatusCreated)
		if m.Title != "Consultation" || !m.Starts.Equal(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) || m.TimeZone != "Europe/Berlin" ||
			!m.Settings.WaitingRoom || m.Settings.Share != "hosts" || m.Settings.Chat != "everyone" || m.Settings.MaxParticipants != 4 ||
			m.Access != "owner" || m.Link != "https://meet.example.com/m/"+m.ID {
			t.Errorf("made %+v", m)
		}
		path := "/v1/meetings/" + m.ID
		if a.header.Get("Location") != path || a.header.Get("ETag") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", a.header)
		}

		n.clock.advance(time.Minute)
		tag := a.header.Get("ETag")
		a = b.do("PATCH", path, `{"title":"Second visit","anytime":true,"settings":{"waitingRoom":false}}`, "If-Match", tag)
		changed := get[Meeting](b, a, 200)
		if changed.Title != "Second visit" || changed.Starts != nil || changed.TimeZone != "" || changed.Settings.WaitingRoom ||
			changed.Settings.MaxParticipants != 4 || !changed.Updated.After(*m.Updated) || a.header.Get("ETag") == tag {
			t.Errorf("changed to %+v, %s", changed, a.header.Get("ETag"))
		}
		refused(t, b.do("PATCH", path, `{"title":"Lost"}`, "If-Match", tag), http.StatusPreconditionFailed, "version-conflict")
		refused(t, b.do("PATCH", path, `{"title":"Lost"}`, "If-Match", "W/x"), http.StatusPreconditionFailed, "version-conflict")
		if again := get[Meeting](b, b.do("GET", path, ""), 200); again.Title != "Second visit" {
			t.Errorf("got %+v", again)
		}

		if a := b.do("POST", path+"/end", ""); a.status != http.StatusNoContent {
			t.Fatalf("end: %d %s", a.status, a.body)
		}
		if ended := get[Meeting](b, b.do("GET", path, ""), 200); ended.Ended == nil {
			t.Error("it has not ended")
		}
		refused(t, b.do("POST", path+"/join", `{"identity":"ann"}`), http.StatusGone, "ended")
		audit := get[AuditPage](b, b.do("GET", path+"/audit", ""), 200)
		if len(audit.Entries) < 3 || audit.Entries[0].By != "key:clinic" {
			t.Errorf("audit log %+v", audit)
		}
		if a := b.do("DELETE", path, ""); a.status != http.StatusNoContent {
			t.Fatalf("delete: %d %s", a.status, a.body)
		}
		refused(t, b.do("GET", path, ""), http.StatusNotFound, "not-found")
	})
}

// TestMeetingsOfOthersAreNotThere: another back end can't tell a meeting that it does not own from none.
func TestMeetingsOfOthersAreNotThere(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		mine, other := n.backEnd(clinic), n.backEnd(school)
		m := get[Meeting](mine, mine.do("POST", "/v1/meetings", `{"title":"Secret"}`), 201)
		for _, id := range []string{m.ID, "none-at-all"} {
			for _, request := range []struct{ method, path, body string }{
				{"GET", "", ""}, {"PATCH", "", `{"title":"x"}`}, {"DELETE", "", ""}, {"POST", "/end", ""}, {"POST", "/join", `{"identity":"ann"}`},
				{"GET", "/participants", ""}, {"POST", "/admit-all", ""}, {"POST", "/participants/s/admit", ""},
				{"POST", "/participants/s/remove", `{}`}, {"POST", "/participants/s/mute", `{"source":"camera"}`},
				{"PUT", "/participants/s/grants", `{"subscribe":true,"data":true,"admin":true}`},
				{"GET", "/roles", ""}, {"PUT", "/roles/ann", `{"role":"host"}`}, {"GET", "/blocks", ""}, {"PUT", "/blocks/ann", ""},
				{"DELETE", "/blocks/ann", ""}, {"DELETE", "/tokens/jti", ""}, {"GET", "/attendance", ""}, {"GET", "/audit", ""},
			} {
				a := other.do(request.method, "/v1/meetings/"+id+request.path, request.body)
				if a.status != http.StatusNotFound || a.code() != "not-found" || strings.Contains(a.body, "Secret") {
					t.Errorf("%s %s: %d %s", request.method, request.path, a.status, a.body)
				}
			}
		}
		if page := get[MeetingPage](other, other.do("GET", "/v1/meetings", ""), 200); len(page.Meetings) != 0 {
			t.Errorf("listed %+v", page)
		}
	})
}

func TestListsComeInPages(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b := n.backEnd(clinic)
		for i := range 7 {
			n.clock.advance(time.Second)
			get[Meeting](b, b.do("POST", "/v1/meetings", fmt.Sprintf(`{"title":"%d"}`, i)), 201)
		}
		var titles, cursor string
		for range 10 {
			page := get[MeetingPage](b, b.do("GET", "/v1/meetings?limit=3&cursor="+cursor, ""), 200)
			for _, m := range page.Meetings {
				titles += m.Title
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if titles != "6543210" {
			t.Errorf("listed %s", titles)
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b := n.backEnd(clinic)
		create := func(c *client, body, key string) answer {
			return c.do("POST", "/v1/meetings", body, "Idempotency-Key", key)
		}
		first := get[Meeting](b, create(b, `{"title":"A"}`, "k1"), 201)
		if again := get[Meeting](b, create(b, `{"title":"A"}`, "k1"), 201); again.ID != first.ID {
			t.Error("a second meeting was made")
		}
		refused(t, create(b, `{"title":"B"}`, "k1"), http.StatusUnprocessableEntity, "idempotency-conflict")
		if other := get[Meeting](b, create(b, `{"title":"A"}`, "k2"), 201); other.ID == first.ID {
			t.Error("another key gave the same meeting")
		}
		s := n.backEnd(school)
		if theirs := get[Meeting](s, create(s, `{"title":"A"}`, "k1"), 201); theirs.ID == first.ID {
			t.Error("another back end's key gave the same meeting")
		}
		refused(t, create(b, `{}`, strings.Repeat("k", 129)), http.StatusUnprocessableEntity, "invalid")
	})
}

// claims verifies a join token of the node.
func (n *node) claims(signed string) token.Claims {
	n.t.Helper()
	c, err := token.Verify(signed, func(id string) (token.Key, bool) { return n.meetings.Key(), id == meeting.KeyID }, n.clock.Now())
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func TestBackEndLetsSomebodyIn(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b := n.backEnd(clinic)
		m := get[Meeting](b, b.do("POST", "/v1/meetings", `{"settings":{"waitingRoom":true}}`), 201)
		path := "/v1/meetings/" + m.ID + "/join"
		doctor := get[JoinTicket](b, b.do("POST", path, `{"identity":"dr-ann","name":"Dr. Ann","role":"host"}`), 200)
		patient := get[JoinTicket](b, b.do("POST", path, `{"identity":"patient-17","grants":{"publish":["microphone"],"subscribe":true,"data":false,"admin":false}}`), 200)
		if doctor.Role != "host" || doctor.Waits || patient.Role != "member" || !patient.Waits {
			t.Errorf("doctor %+v\npatient %+v", doctor, patient)
		}
		c := n.claims(doctor.Token)
		if c.Room != m.ID || c.Identity != "dr-ann" || c.Name != "Dr. Ann" || c.Expires.Sub(n.clock.Now()) > meeting.TokenLife {
			t.Errorf("claims %+v", c)
		}
		if c := n.claims(patient.Token); c.Grants.Data || c.Grants.Admin || len(c.Grants.Publish) != 1 {
			t.Errorf("claims %+v", c)
		}
		refused(t, b.do("POST", path, `{}`), http.StatusUnprocessableEntity, "invalid")
		refused(t, b.do("POST", path, `{"identity":"x","role":"king"}`), http.StatusUnprocessableEntity, "invalid")

		roles := get[AppointmentPage](b, b.do("GET", "/v1/meetings/"+m.ID+"/roles", ""), 200)
		if len(roles.Roles) != 1 || roles.Roles[0].Identity != "dr-ann" || roles.Roles[0].Role != "host" {
			t.Errorf("roles %+v", roles)
		}
	})
}

// TestGuestsMeetOnAnOpenNode is what the site does without anybody signing in.
func TestGuestsMeetOnAnOpenNode(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		host, guest := n.browser(), n.browser()
		if me := get[Me](host, host.do("GET", "/v1/me", ""), 200); me.ID != "" || !me.Guest || !me.CanCreate || me.CanSignIn || host.cookie != nil {
			t.Errorf("before: %+v, %v", me, host.cookie)
		}
		m := get[Meeting](host, host.do("POST", "/v1/meetings", `{"settings":{"waitingRoom":true}}`), 201)
		c := host.cookie
		if c == nil || c.Name != "__Host-confab-session" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Fatalf("cookie %+v", c)
		}
		mine := get[JoinTicket](host, host.do("POST", "/v1/meetings/"+m.ID+"/join", ""), 200)
		theirs := get[JoinTicket](guest, guest.do("POST", "/v1/meetings/"+m.ID+"/join", ""), 200)
		if mine.Role != "host" || mine.Waits || theirs.Role != "member" || !theirs.Waits || mine.Identity == theirs.Identity {
			t.Errorf("host %+v\nguest %+v", mine, theirs)
		}
		if me := get[Me](guest, guest.do("GET", "/v1/me", ""), 200); me.ID != theirs.Identity {
			t.Errorf("the guest is %+v", me)
		}
		if again := get[JoinTicket](guest, guest.do("POST", "/v1/meetings/"+m.ID+"/join", "{}"), 200); again.Identity != theirs.Identity {
			t.Error("the guest became another")
		}
		// The invitation tells the guest what it is invited to, and no more.
		seen := get[Meeting](guest, guest.do("GET", "/v1/meetings/"+m.ID, ""), 200)
		if seen.Access != "invited" || seen.Created != nil {
			t.Errorf("the guest sees %+v", seen)
		}
		stranger := n.browser()
		if seen := get[Meeting](stranger, stranger.do("GET", "/v1/meetings/"+m.ID, ""), 200); seen.Access != "invited" {
			t.Errorf("who has no session sees %+v", seen)
		}
		refused(t, guest.do("PATCH", "/v1/meetings/"+m.ID, `{"settings":{"waitingRoom":false}}`), http.StatusForbidden, "forbidden")
		refused(t, guest.do("POST", "/v1/meetings/"+m.ID+"/admit-all", ""), http.StatusForbidden, "forbidden")
		refused(t, guest.do("GET", "/v1/meetings/"+m.ID+"/participants", ""), http.StatusForbidden, "forbidden")
		refused(t, guest.do("POST", "/v1/meetings", `{"id":"my-name"}`), http.StatusForbidden, "forbidden")
		refused(t, guest.do("POST", "/v1/meetings/"+m.ID+"/join", `{"identity":"somebody-else"}`), http.StatusForbidden, "forbidden")
		refused(t, guest.do("POST", "/v1/meetings/"+m.ID+"/join", `{"role":"host"}`), http.StatusForbidden, "forbidden")

		if a := guest.do("POST", "/v1/sign-out", ""); a.status != 200 || guest.cookie.MaxAge >= 0 {
			t.Errorf("sign out: %d %s, %v", a.status, a.body, guest.cookie)
		}
	})
}

func TestNodeWithoutGuests(t *testing.T) {
	each(t, func(c *Config) { c.GuestsCreate = false }, func(t *testing.T, n *node) {
		b, guest := n.backEnd(clinic), n.browser()
		refused(t, guest.do("POST", "/v1/meetings", "{}"), http.StatusUnauthorized, codeUnauthorized)
		closed := get[Meeting](b, b.do("POST", "/v1/meetings", `{"settings":{"guests":false}}`), 201)
		refused(t, guest.do("POST", "/v1/meetings/"+closed.ID+"/join", ""), http.StatusUnauthorized, codeUnauthorized)
		if guest.cookie != nil {
			t.Error("one who was refused is a guest")
		}
		open := get[Meeting](b, b.do("POST", "/v1/meetings", `{"settings":{"guests":true}}`), 201)
		get[JoinTicket](guest, guest.do("POST", "/v1/meetings/"+open.ID+"/join", ""), 200)
		refused(t, guest.do("POST", "/v1/meetings", "{}"), http.StatusUnauthorized, codeUnauthorized)
	})
}

func TestWhoIsNotKnownIsRefused(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		nobody := n.browser()
		for _, authorization := range []string{
			"Bearer", "Bearer clinic", "Bearer clinic:", "Bearer clinic:wrong", "Bearer none:" + clinic.Secret, "Bearer :" + clinic.Secret,
			"Bearer clinic:" + school.Secret, "Bearer clinic:" + clinic.Secret + "x", "Basic " + clinic.Secret, clinic.Secret,
		} {
			a := nobody.do("GET", "/v1/meetings", "", "Authorization", authorization)
			refused(t, a, http.StatusUnauthorized, codeUnauthorized)
			if a.header.Get("WWW-Authenticate") != `Bearer realm="confab"` || strings.Contains(a.body, clinic.Secret) {
				t.Errorf("%v %s", a.header, a.body)
			}
		}
		for _, request := range []struct{ method, path string }{
			{"GET", "/v1/meetings"}, {"GET", "/v1/me/export"}, {"DELETE", "/v1/me"}, {"GET", "/v1/people/ann"}, {"POST", "/v1/meetings/x/end"},
		} {
			refused(t, nobody.do(request.method, request.path, ""), http.StatusUnauthorized, codeUnauthorized)
		}
		nobody.cookie = &http.Cookie{Name: "__Host-confab-session", Value: strings.Repeat("A", 43)}
		refused(t, nobody.do("GET", "/v1/meetings", ""), http.StatusUnauthorized, codeUnauthorized)
	})
}

func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b := n.browser()
		m := get[Meeting](b, b.do("POST", "/v1/meetings", "{}"), 201)
		for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
			b.header.Del("Sec-Fetch-Site")
			refused(t, b.do("POST", "/v1/meetings/"+m.ID+"/end", "", header[0], header[1]), http.StatusForbidden, codeCrossOrigin)
			refused(t, b.do("POST", "/v1/meetings/"+m.ID+"/end", "", "Origin", "https://evil.example.com"), http.StatusForbidden, codeCrossOrigin)
		}
		if a := b.do("POST", "/v1/meetings/"+m.ID+"/end", "", "Origin", "https://meet.example.com"); a.status != http.StatusNoContent {
			t.Errorf("of its own: %d %s", a.status, a.body)
		}
	})
}

func TestErase(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b, guest := n.backEnd(clinic), n.browser()
		m := get[Meeting](b, b.do("POST", "/v1/meetings", "{}"), 201)
		get[JoinTicket](b, b.do("POST", "/v1/meetings/"+m.ID+"/join", `{"identity":"ann","name":"Ann","role":"cohost"}`), 200)
		if known := get[Traces](b, b.do("GET", "/v1/people/ann", ""), 200); len(known.Roles) != 1 {
			t.Errorf("known: %+v", known)
		}
		if a := b.do("DELETE", "/v1/people/ann", ""); a.status != http.StatusNoContent {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if known := get[Traces](b, b.do("GET", "/v1/people/ann", ""), 200); len(known.Roles)+len(known.Audit) != 0 {
			t.Errorf("still known: %+v", known)
		}

		own := get[Meeting](guest, guest.do("POST", "/v1/meetings", "{}"), 201)
		if known := get[Traces](guest, guest.do("GET", "/v1/me/export", ""), 200); len(known.Meetings) != 1 || known.Meetings[0].ID != own.ID {
			t.Errorf("known: %+v", known)
		}
		session := *guest.cookie
		if a := guest.do("DELETE", "/v1/me", ""); a.status != 200 || guest.cookie.MaxAge >= 0 {
			t.Fatalf("%d %s %v", a.status, a.body, guest.cookie)
		}
		guest.cookie = &session
		if me := get[Me](guest, guest.do("GET", "/v1/me", ""), 200); me.ID != "" {
			t.Errorf("the session lives: %+v", me)
		}
		refused(t, b.do("GET", "/v1/meetings/"+own.ID, ""), http.StatusNotFound, "not-found")
	})
}

func TestRevokeToken(t *testing.T) {
	each(t, nil, func(t *testing.T, n *node) {
		b, guest := n.backEnd(clinic), n.browser()
		m := get[Meeting](b, b.do("POST", "/v1/meetings", `{"settings":{"guests":true}}`), 201)
		path := "/v1/meetings/" + m.ID
		ticket := get[JoinTicket](b, b.do("POST", path+"/join", `{"identity":"ann"}`), 200)
		claims := n.claims(ticket.Token)
		if claims.ID != ticket.TokenID || ticket.TokenID == "" {
			t.Errorf("the token %q is called %q", claims.ID, ticket.TokenID)
		}
		theirs := get[JoinTicket](guest, guest.do("POST", path+"/join", ""), 200)
		refused(t, guest.do("DELETE", path+"/tokens/"+theirs.TokenID, ""), http.StatusForbidden, "forbidden")
		for _, id := range []string{ticket.TokenID, ticket.TokenID, "of-the-back-end%2F17"} {
			if a := b.do("DELETE", path+"/tokens/"+id, ""); a.status != http.StatusNoContent {
				t.Errorf("%s: %d %s", id, a.status, a.body)
			}
		}
		refused(t, b.do("DELETE", path+"/tokens/"+strings.Repeat("x", 129), ""), http.StatusUnprocessableEntity, "invalid")
		for id, want := range map[string]meeting.Code{ticket.TokenID: meeting.CodeRevoked, "of-the-back-end/17": meeting.CodeRevoked, theirs.TokenID: ""} {
			_, err := n.meetings.Decide(t.Context(), meeting.Arrival{
				Room: m.ID, Identity: "ann", KeyID: meeting.KeyID, TokenID: id, Issued: claims.Issued, Grants: claims.Grants,
			})
			if want == "" && err != nil || want != "" && !errors.Is(err, &meeting.Error{Code: want}) {
				t.Errorf("with the token %s: %v", id, err)
			}
		}
	})
}
