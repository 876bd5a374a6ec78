package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/token"
)

// bearer joins with the tokens of an application.
func bearer(t *testing.T, key token.Key, name string, change func(*token.Grants)) Config {
	t.Helper()
	grants := token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true}
	if change != nil {
		change(&grants)
	}
	return Config{Name: name, Token: func(context.Context) (string, error) {
		return key.Sign(token.Claims{Identity: name, Room: "room-1", Issued: time.Now(), Expires: time.Now().Add(time.Minute), Grants: grants})
	}}
}

// TestHostOverNodes: a host at one of three nodes lets somebody in at another, stops what is published at the third, and removes:
// at once, and for good on all of them.
func TestHostOverNodes(t *testing.T) {
	key := token.Key{ID: "app", Secret: strings.Repeat("a secret of the tests ", 2)}
	nodes := newCluster(t, 3, key)
	host := nodes[0].join(t, bearer(t, key, "host", func(g *token.Grants) { g.Admin = true }))
	ben := nodes[1].join(t, bearer(t, key, "ben", nil))
	await(t, host, func(e ParticipantJoined) bool { return e.Participant.Identity() == "ben" })

	entered := make(chan *Room, 1)
	go func() {
		r, err := Join(t.Context(), nodes[2].link(t), bearer(t, key, "cleo", func(g *token.Grants) { g.Wait = true }))
		if err != nil {
			t.Errorf("joining after waiting: %v", err)
		}
		entered <- r
	}()
	waiting := await[WaitingJoined](t, host, nil).Participant
	if waiting.Name() != "cleo" || slices.ContainsFunc(ben.Participants(), func(p *Participant) bool { return p.Identity() == "cleo" }) {
		t.Errorf("%q waits, and is known to others", waiting.Name())
	}
	if err := host.Host().Admit(t.Context(), waiting); err != nil {
		t.Fatal(err)
	}
	cleo := <-entered
	if cleo == nil {
		t.FailNow()
	}
	t.Cleanup(func() { cleo.Close() })

	camera := publish(t, ben, TrackOptions{Source: media.Camera})
	pictures := read(t, subscribe(t, track(t, cleo, media.Camera)))
	<-camera.KeyframeRequests()
	if err := camera.WriteFrame(0, video(0)); err != nil {
		t.Fatal(err)
	}
	if f := pictures.frame(t); string(f.Payload) != string(video(0).Payload) {
		t.Errorf("%+v", f)
	}
	of := func(identity string) *Participant {
		return await(t, host, func(e ParticipantJoined) bool { return e.Participant.Identity() == identity }).Participant
	}
	events := listen(t, ben)
	if err := host.Host().Stop(t.Context(), of("ben"), media.Camera); err != nil {
		t.Fatal(err)
	}
	if e := next[LocalTrackMuted](t, events); e.Track != camera || !camera.Muted() {
		t.Errorf("stopped %v", e.Track)
	}

	events = listen(t, cleo)
	if err := host.Host().Remove(t.Context(), of("ben"), true); err != nil {
		t.Fatal(err)
	}
	<-ben.Done()
	if err := ben.Err(); !errors.Is(err, &Error{Code: wire.CodeBlocked}) {
		t.Errorf("removed with %v", err)
	}
	if e := next[ParticipantLeft](t, events); e.Participant.Identity() != "ben" {
		t.Errorf("%s has left", e.Participant.Identity())
	}
	for i, node := range nodes {
		if _, err := Join(t.Context(), node.link(t), bearer(t, key, "ben", nil)); !errors.Is(err, &Error{Code: wire.CodeBlocked}) {
			t.Errorf("joining again at node %d: %v", i, err)
		}
	}
	if err := host.Host().SetLocked(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	next[RoomUpdated](t, events)
	if _, err := Join(t.Context(), nodes[2].link(t), bearer(t, key, "dora", nil)); !errors.Is(err, &Error{Code: wire.CodeLocked}) {
		t.Errorf("joining a locked room: %v", err)
	}
	if err := host.Host().End(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-cleo.Done()
	if err := cleo.Err(); !errors.Is(err, &Error{Code: wire.CodeEnded}) {
		t.Errorf("ended with %v", err)
	}
}

// listen gives the events from now on, until the test ends.
func listen(t *testing.T, r *Room) <-chan Event {
	t.Helper()
	events := make(chan Event, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(done)
		first := true
		for event, err := range r.Events(ctx) {
			if first {
				first = false
				close(started)
			}
			if err != nil {
				return
			}
			events <- event
		}
	}()
	<-started
	t.Cleanup(func() { cancel(); <-done })
	return events
}

// next returns the next event of a type.
func next[E Event](t *testing.T, events <-chan Event) E {
	t.Helper()
	for {
		select {
		case event := <-events:
			if e, ok := event.(E); ok {
				return e
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no %T came", *new(E))
		}
	}
}
