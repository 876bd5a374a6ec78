package meetings_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Keys of two back ends.
var (
	clinic = token.Key{ID: "clinic", Secret: strings.Repeat("0123456789", 4)}
	school = token.Key{ID: "school", Secret: strings.Repeat("9876543210", 4)}
)

// backEnds starts a node and returns clients of two back ends.
func backEnds(t *testing.T) (mine, other *meetings.Client) {
	t.Helper()
	n := servertest.Start(t, server.Config{Keys: []token.Key{clinic, school}})
	return caller(t, n.URL(), clinic), caller(t, n.URL(), school)
}

func caller(t *testing.T, node string, key token.Key) *meetings.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &meetings.Client{Node: node, Key: key, HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// must ends the test on an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refused(t *testing.T, err error, code meetings.Code, status int) {
	t.Helper()
	e, ok := errors.AsType[*meetings.Error](err)
	if !ok || !errors.Is(err, code) || e.Status != status || e.Detail == "" {
		t.Errorf("want %s (%d), got %v", code, status, err)
	}
}

func TestAMeetingsLife(t *testing.T) {
	ctx := t.Context()
	c, other := backEnds(t)
	starts := time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)
	plan := meetings.Plan{
		Title: "Consultation", Starts: starts, Ends: starts.Add(30 * time.Minute), TimeZone: "Europe/Berlin", IdempotencyKey: "visit-4711",
		Settings: meetings.SettingsChange{WaitingRoom: new(true), Share: new(meetings.Hosts), MaxParticipants: new(4)},
	}
	m := must(c.Create(ctx, plan))(t)
	if m.ID == "" || m.Title != "Consultation" || !m.Starts.Equal(starts) || !m.Ended.IsZero() || m.Version == "" || m.Created.IsZero() ||
		!m.Settings.WaitingRoom || m.Settings.Share != meetings.Hosts || m.Settings.Chat != meetings.Everyone || m.Settings.MaxParticipants != 4 ||
		m.Link != c.Node+"/m/"+m.ID {
		t.Errorf("made %+v", m)
	}
	if again := must(c.Create(ctx, plan))(t); again.ID != m.ID {
		t.Error("the same key has made a second meeting")
	}
	plan.Title = "Another"
	_, err := c.Create(ctx, plan)
	refused(t, err, meetings.IdempotencyConflict, http.StatusUnprocessableEntity)
	_, err = c.Create(ctx, meetings.Plan{ID: m.ID})
	refused(t, err, meetings.Taken, http.StatusConflict)

	changed := must(c.Update(ctx, m.ID, meetings.Change{Title: new("Second visit"), Anytime: true, Version: m.Version}))(t)
	if changed.Title != "Second visit" || !changed.Starts.IsZero() || !changed.Settings.WaitingRoom || changed.Version == m.Version {
		t.Errorf("changed to %+v", changed)
	}
	_, err = c.Update(ctx, m.ID, meetings.Change{Title: new("Lost"), Version: m.Version})
	refused(t, err, meetings.VersionConflict, http.StatusPreconditionFailed)
	if got := must(c.Get(ctx, m.ID))(t); got != changed {
		t.Errorf("got %+v, want %+v", got, changed)
	}
	_, err = other.Get(ctx, m.ID)
	refused(t, err, meetings.NotFound, http.StatusNotFound)

	if err := c.End(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if got := must(c.Get(ctx, m.ID))(t); got.Ended.IsZero() {
		t.Error("it has not ended")
	}
	_, err = c.Join(ctx, m.ID, meetings.JoinRequest{Identity: "ann"})
	refused(t, err, meetings.Ended, http.StatusGone)
	if err := c.Delete(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	refused(t, c.Delete(ctx, m.ID), meetings.NotFound, http.StatusNotFound)
}

func TestListGoesThroughAllPages(t *testing.T) {
	ctx := t.Context()
	c, _ := backEnds(t)
	const many = 205 // a page has 200
	for i := range many {
		must(c.Create(ctx, meetings.Plan{ID: fmt.Sprintf("m%d", i)}))(t)
	}
	seen := make(map[string]bool)
	for m, err := range c.List(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		seen[m.ID] = true
	}
	if len(seen) != many {
		t.Errorf("listed %d of %d", len(seen), many)
	}
	for range c.List(ctx) {
		break
	}
}

// visitor enters a meeting with what a back end gives it.
type visitor struct {
	waits chan struct{}
	ended chan error
	room  *client.Room
}

// visit begins to enter.
func visit(t *testing.T, c *meetings.Client, link string, meeting string, r meetings.JoinRequest) *visitor {
	t.Helper()
	v := &visitor{waits: make(chan struct{}, 1), ended: make(chan error, 1)}
	go func() {
		room, err := client.Join(t.Context(), link, client.Config{
			Name: r.Identity, OnWaiting: func() { v.waits <- struct{}{} },
			Token: func(ctx context.Context) (string, error) {
				ticket, err := c.Join(ctx, meeting, r)
				return ticket.Token, err
			},
		})
		v.room = room
		v.ended <- err
	}()
	return v
}

// entered waits until a visitor is in the room.
func (v *visitor) entered(t *testing.T) *client.Room {
	t.Helper()
	if err := <-v.ended; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.room.Close() })
	return v.room
}

func TestPeopleComeWaitAndLeave(t *testing.T) {
	ctx := t.Context()
	c, other := backEnds(t)
	m := must(c.Create(ctx, meetings.Plan{Settings: meetings.SettingsChange{WaitingRoom: new(true)}}))(t)
	link, err := e2ee.FormatLink(c.Node, m.ID, e2ee.Invitation{Secret: e2ee.NewSecret()})
	if err != nil {
		t.Fatal(err)
	}
	visit(t, c, link, m.ID, meetings.JoinRequest{Identity: "dr-ann", Name: "Dr. Ann", Role: meetings.Host}).entered(t)
	listening := &token.Grants{Publish: []token.Source{token.Microphone}, Subscribe: true}
	pat := visit(t, c, link, m.ID, meetings.JoinRequest{Identity: "pat", Grants: listening})
	sam := visit(t, c, link, m.ID, meetings.JoinRequest{Identity: "sam"})
	<-pat.waits
	<-sam.waits

	waiting := must(c.Waiting(ctx, m.ID))(t)
	present := must(c.Participants(ctx, m.ID))(t)
	if who(waiting) != "pat sam" || who(present) != "dr-ann" || !present[0].Grants.Admin || present[0].Joined.IsZero() {
		t.Fatalf("waiting %+v, present %+v", waiting, present)
	}
	session := func(identity string) string {
		i := slices.IndexFunc(waiting, func(p meetings.Participant) bool { return p.Identity == identity })
		return waiting[i].Session
	}
	refused(t, other.Admit(ctx, m.ID, session("pat")), meetings.NotFound, http.StatusNotFound)
	if err := c.Admit(ctx, m.ID, session("pat")); err != nil {
		t.Fatal(err)
	}
	pat.entered(t)
	if err := c.Reject(ctx, m.ID, session("sam"), meetings.Refusal{Block: true}); err != nil {
		t.Fatal(err)
	}
	if err := <-sam.ended; err == nil {
		t.Error("one who was turned away is in")
	}
	_, err = c.Join(ctx, m.ID, meetings.JoinRequest{Identity: "sam"})
	refused(t, err, meetings.Blocked, http.StatusForbidden)

	present = must(c.Participants(ctx, m.ID))(t)
	i := slices.IndexFunc(present, func(p meetings.Participant) bool { return p.Identity == "pat" })
	if who(present) != "dr-ann pat" || present[i].Grants.Data || !slices.Equal(present[i].Grants.Publish, listening.Publish) {
		t.Errorf("present %+v", present)
	}
	if err := c.Remove(ctx, m.ID, present[i].Session, meetings.Refusal{}); err != nil {
		t.Fatal(err)
	}
	<-pat.room.Done()

	lee := visit(t, c, link, m.ID, meetings.JoinRequest{Identity: "lee"})
	<-lee.waits
	if err := c.AdmitAll(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	lee.entered(t)

	stays := make(map[string]meetings.Stay)
	for stay, err := range c.Attendance(ctx, m.ID) {
		if err != nil {
			t.Fatal(err)
		}
		stays[stay.Identity] = stay
	}
	if len(stays) != 3 || stays["dr-ann"].Name != "Dr. Ann" || !stays["lee"].Left.IsZero() || stays["pat"].Reason != "removed" {
		t.Errorf("attendance %+v", stays)
	}
	if err := c.Erase(ctx, "pat"); err != nil {
		t.Fatal(err)
	}
	for stay, err := range c.Attendance(ctx, m.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if stay.Identity == "pat" {
			t.Errorf("still known: %+v", stay)
		}
	}
}

// who lists identities in order.
func who(present []meetings.Participant) string {
	var identities []string
	for _, p := range present {
		identities = append(identities, p.Identity)
	}
	slices.Sort(identities)
	return strings.Join(identities, " ")
}

func TestErrorsSayWhatToDo(t *testing.T) {
	ctx := t.Context()
	c, _ := backEnds(t)
	_, err := c.Create(ctx, meetings.Plan{Title: strings.Repeat("x", 201)})
	refused(t, err, meetings.Invalid, http.StatusUnprocessableEntity)
	if e, _ := errors.AsType[*meetings.Error](err); len(e.Fields) == 0 || e.Fields[0].Location != "body.title" {
		t.Errorf("fields %+v", e.Fields)
	}
	wrong := *c
	wrong.Key.Secret = strings.Repeat("wrong", 8)
	_, err = wrong.Create(ctx, meetings.Plan{})
	refused(t, err, meetings.Unauthorized, http.StatusUnauthorized)
	if strings.Contains(fmt.Sprintf("%v %+v", err, wrong), wrong.Key.Secret) {
		t.Error("an error holds the key")
	}
	for _, id := range []string{"", ".", "..", "a/b", "%2e%2e", "no?such=one"} {
		_, err = c.Get(ctx, id)
		if !errors.Is(err, meetings.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, node := range []string{"", "meet.example.com", "ftp://meet.example.com"} {
		if _, err := caller(t, node, clinic).Get(ctx, "x"); err == nil || !strings.Contains(err.Error(), "https://") {
			t.Errorf("%q: %v", node, err)
		}
	}
	if _, err := caller(t, c.Node, token.Key{ID: "clinic", Secret: "short"}).Get(ctx, "x"); !errors.Is(err, token.ErrKey) {
		t.Errorf("with a short key: %v", err)
	}
}

// TestWhatIsOnTheWay: a proxy's own errors are told apart from a node's.
func TestWhatIsOnTheWay(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, "<h1>busy</h1>", http.StatusServiceUnavailable)
	}))
	defer proxy.Close()
	_, err := caller(t, proxy.URL, clinic).Get(t.Context(), "x")
	e, ok := errors.AsType[*meetings.Error](err)
	if !ok || e.Status != http.StatusServiceUnavailable || e.Code != "" || e.RetryAfter != 7*time.Second {
		t.Errorf("got %#v", err)
	}
}
