package server

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/meeting/store/pgtest"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

// hooked gets webhooks.
type hooked struct {
	t      *testing.T
	url    string
	secret webhook.Secret
	events chan webhook.Event
}

func listenForHooks(t *testing.T) *hooked {
	h := &hooked{t: t, secret: webhook.NewSecret(), events: make(chan webhook.Event, 100)}
	s := httptest.NewServer(&webhook.Receiver{Secrets: []webhook.Secret{h.secret}, Received: func(_ context.Context, d webhook.Delivery) error {
		h.events <- d.Event
		return nil
	}})
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

// expect waits for events of these types, about these identities, and fails on others.
func (h *hooked) expect(want ...string) {
	h.t.Helper()
	for _, w := range want {
		e := <-h.events
		got := string(e.Type)
		if e.Data.Participant != nil {
			got += " " + e.Data.Participant.Identity
		}
		if got != w {
			h.t.Errorf("told of %q, want %q", got, w)
		}
	}
}

// TestRollingRestartIsNoLeaving: nobody is said to have left when all nodes are replaced one after the other, not even by what looks for
// those whose node is gone.
func TestRollingRestartIsNoLeaving(t *testing.T) {
	hooks := listenForHooks(t)
	database := pgtest.URL(t)
	config := func(url string, peers ...string) Config {
		return Config{
			NodeURL: url, Keys: []token.Key{testKey}, Database: database, Webhooks: []Webhook{{URL: hooks.url, Secret: hooks.secret}}, DrainTimeout: time.Minute,
			Cluster: Cluster{Listen: "127.0.0.1:0", Peers: peers, Secret: secretOfTests()},
		}
	}
	at := start(t, config("https://n0.example.com"))
	back := backEnd{at, t, client(t)}
	var m made
	back.call("POST", "/v1/meetings", "{}", 201, &m)
	var people []*sessiontest.Client
	for _, name := range []string{"ann", "bob"} {
		people = append(people, join(t, at, transport.WebSocket, back.join(m.ID, `{"identity":"`+name+`"}`)))
		if name == "ann" {
			hooks.expect("room.started")
		}
		hooks.expect("participant.joined " + name)
	}
	for _, url := range []string{"https://n1.example.com", "https://n2.example.com"} {
		next := start(t, config(url, at.clusterAddr(t)))
		for !slices.Contains(await[*pb.ServerMessage_Alternates](t, people[0]).Alternates.Urls, url) {
			continue
		}
		var stopping sync.WaitGroup
		stopping.Go(func() { _ = at.stop() })
		for _, p := range people {
			p.WaitGoAway()
			if err := p.Resume(dial(t, next, transport.WebSocket)); err != nil {
				t.Fatal(err)
			}
		}
		stopping.Wait()
		at = next
	}

	// A node that starts closes what nodes that are gone have left open: here somebody whose node died.
	db, err := store.OpenPostgreSQL(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Write(t.Context(), func(tx meeting.Tx) error {
		_, _, err := tx.Enter(t.Context(), meeting.Attendance{Session: "dead", Room: m.ID, Identity: "dead", Node: "dead", Joined: time.Now()}, false)
		return err
	}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	start(t, config("https://n3.example.com", at.clusterAddr(t)))
	hooks.expect("participant.left dead")

	var list struct {
		Attendance []struct{ Identity, Left string }
	}
	back = backEnd{at, t, client(t)}
	back.call("GET", "/v1/meetings/"+m.ID+"/attendance", "", 200, &list)
	for _, a := range list.Attendance {
		if (a.Left != "") != (a.Identity == "dead") {
			t.Errorf("attendance: %+v", list.Attendance)
		}
	}
	for _, p := range people {
		p.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		p.WaitEnd()
	}
	hooks.expectInAnyOrder("participant.left ann", "participant.left bob")
	hooks.expect("room.finished")
}

func (h *hooked) expectInAnyOrder(want ...string) {
	h.t.Helper()
	for range want {
		e := <-h.events
		got := string(e.Type) + " " + e.Data.Participant.Identity
		if !slices.Contains(want, got) {
			h.t.Errorf("told of %q, want one of %q", got, want)
		}
	}
}
