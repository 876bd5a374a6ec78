package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

func TestLinksAreTakenApart(t *testing.T) {
	secret := e2ee.NewSecret()
	fragment := "#" + e2ee.Invitation{Secret: secret}.Fragment()
	tests := map[string]struct {
		link   string
		config Config
		want   place
		err    error
	}{
		"invitation":          {link: "https://meet.example/m/room-1" + fragment, want: place{"https://meet.example", "room-1"}},
		"below a path":        {link: "https://example.org/confab/m/room-1" + fragment, want: place{"https://example.org/confab", "room-1"}},
		"with a query":        {link: "https://meet.example/m/room-1?x=1" + fragment, want: place{"https://meet.example", "room-1"}},
		"room called m":       {link: "https://meet.example/m/m" + fragment, want: place{"https://meet.example", "m"}},
		"without a secret":    {link: "https://meet.example/m/room-1", err: ErrNoKey},
		"secret given":        {link: "https://meet.example/m/room-1", config: Config{Keys: MeetingSecret(secret)}, want: place{"https://meet.example", "room-1"}},
		"node":                {link: "https://meet.example", config: Config{Room: "r", Keys: InsecureNone()}, want: place{"https://meet.example", "r"}},
		"node without keys":   {link: "https://meet.example", config: Config{Room: "r"}, err: ErrNoKey},
		"node without a room": {link: "https://meet.example", config: Config{Keys: InsecureNone()}, err: &Error{Code: CodeConfigInvalid}},
		"bad secret":          {link: "https://meet.example/m/room-1#e1.short", err: &Error{Code: CodeLinkInvalid}},
		"bad room":            {link: "https://meet.example/m/room%201" + fragment, err: &Error{Code: CodeLinkInvalid}},
		"no web address":      {link: "meet.example/m/room-1" + fragment, err: &Error{Code: CodeLinkInvalid}},
		"nothing":             {err: &Error{Code: CodeLinkInvalid}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := test.config
			got, err := c.resolve(test.link)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("%+v, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), fragment[1:]) {
				t.Error("the error has the secret")
			}
		})
	}
}

func TestTokens(t *testing.T) {
	key := token.Key{ID: "key", Secret: strings.Repeat("s", 32)}
	m := newMeeting(t, server.Config{Keys: []token.Key{key}})
	sign := func(g token.Grants) func(context.Context) (string, error) {
		return func(context.Context) (string, error) {
			return key.Sign(token.Claims{Identity: "robot", Room: "room-1", Expires: time.Now().Add(time.Minute), Grants: g})
		}
	}
	for _, kind := range transports {
		_, err := Join(t.Context(), m.link(t), Config{Transport: kind})
		if !errors.Is(err, ErrUnauthorized) {
			t.Errorf("%v without a token: %v", kind, err)
		}
		r := m.join(t, Config{Transport: kind, Token: sign(token.Grants{Join: true, Publish: []token.Source{token.Camera}})})
		l := r.Local()
		if l.Identity() != "robot" || !l.MayPublish(media.Camera) || l.MayPublish(media.Screen) || r.Name() != "room-1" {
			t.Errorf("%v: %s in %s", kind, l.Identity(), r.Name())
		}
	}
	failure := errors.New("the token service is away")
	_, err := Join(t.Context(), m.link(t), Config{Token: func(context.Context) (string, error) { return "", failure }})
	if !errors.Is(err, failure) {
		t.Errorf("without tokens: %v", err)
	}
}

func TestJoinIsBoundedByItsContext(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		c, host := w.config("ann", kind)
		(&visitor{host: host}).cut()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := Join(ctx, "http://10.0.0.1:443", c)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestSecretsAreNotPrinted(t *testing.T) {
	secret := e2ee.NewSecret()
	c := Config{Keys: MeetingSecret(secret)}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, c); !strings.Contains(text, "meeting secret") || strings.Contains(text, fmt.Sprint(secret[0], secret[1])) {
			t.Errorf("%s prints %s", format, text)
		}
	}
}

// TestNobodyIsShownTooEarly: one whose announcement is being verified is not there yet.
func TestNobodyIsShownTooEarly(t *testing.T) {
	r := newRoom(place{}, Config{}.withDefaults())
	p := &Participant{room: r, identity: "ann"}
	r.people["ann"] = p
	first := func() int {
		n := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for event := range r.Events(ctx) {
			if _, ok := event.(ParticipantJoined); ok {
				n++
			}
			cancel()
		}
		return n
	}
	if n, list := first(), r.Participants(); n != 0 || len(list) != 0 {
		t.Errorf("%d events and %v", n, list)
	}
	p.shown = true
	if n, list := first(), r.Participants(); n != 1 || len(list) != 1 {
		t.Errorf("once verified %d events and %v", n, list)
	}
}

func TestConfigIsChecked(t *testing.T) {
	m := newMeeting(t, server.Config{})
	for name, c := range map[string]Config{
		"name":  {Name: strings.Repeat("a", 257)},
		"roles": {Roles: 128},
		"seed":  {IdentitySeed: []byte("short")},
	} {
		if _, err := Join(t.Context(), m.link(t), c); !errors.Is(err, &Error{Code: CodeConfigInvalid}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	_, err := Join(t.Context(), "http://localhost:1", Config{Room: "r", Keys: InsecureNone()})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnreachable || !e.Retryable {
		t.Errorf("%v", err)
	}
}

// TestReplaced: when the same identity joins again, the older stay ends and says why, and the others see one participant.
func TestReplaced(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		bob := w.join("bob", kind, nil)
		first := w.join("ann", kind, nil)
		camera := film(t, first.Room, 1000)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		log := record(t, bob.Room)
		time.Sleep(2 * time.Second)
		bobSees.take()
		log.take()
		second := w.join("ann", kind, nil)
		<-first.Done()
		if err := first.Err(); !errors.Is(err, &Error{Code: wire.CodeReplaced}) {
			t.Errorf("the first ended with %v", err)
		}
		if first.State() != Closed {
			t.Errorf("the first is %v", first.State())
		}
		<-camera.track.Done()
		if err := camera.track.WriteFrame(0, video(0)); !errors.Is(err, &Error{Code: wire.CodeReplaced}) {
			t.Errorf("its track: %v", err)
		}
		film(t, second.Room, 1000)
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 120 {
			t.Errorf("the subscription went on with %d frames", n)
		}
		if n := count[ParticipantLeft](log.take()); n > 0 {
			t.Errorf("bob saw %d leave", n)
		}
	})
}

func TestAfterClose(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		camera := publish(t, ann.Room, TrackOptions{Source: media.Camera})
		subscription := subscribe(t, track(t, bob.Room, media.Camera))
		log := record(t, bob.Room)
		time.Sleep(time.Second)
		if err := ann.Close(); err != nil {
			t.Error(err)
		}
		if err := ann.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		if events := log.take(); count[ParticipantLeft](events) != 1 || count[TrackUnpublished](events) != 1 {
			t.Errorf("bob saw %v", events)
		}
		for _, err := range subscription.Frames(t.Context()) {
			if !errors.Is(err, &Error{Code: wire.CodeTrackUnknown}) {
				t.Errorf("frames end with %v", err)
			}
		}
		for _, err := range []error{
			ann.Err(), camera.WriteFrame(0, video(0)), camera.SetMuted(true),
			ann.Local().PublishData(t.Context(), []byte("x"), DataOptions{}),
		} {
			if err != ErrClosed {
				t.Errorf("after Close: %v", err)
			}
		}
		if _, err := ann.Local().PublishTrack(t.Context(), TrackOptions{Source: media.Screen}); err != ErrClosed {
			t.Errorf("publishing after Close: %v", err)
		}
		for event, err := range ann.Events(t.Context()) {
			if _, ok := event.(ConnectionChanged); !ok && err == nil {
				continue
			}
			if err != nil {
				t.Errorf("events end with %v", err)
			}
		}
		for m, err := range ann.Messages(t.Context()) {
			t.Errorf("message %v, %v", m, err)
		}
	})
}
