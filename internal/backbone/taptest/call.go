// Package taptest looks for what nobody may read in what crosses between nodes.
package taptest

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// guest is somebody in the call, with what nobody on the backbone may see.
type guest struct {
	*client.Room
	name, token string
}

// Run has two talk in an encrypted call, each at a node of a cluster, and one of them ask for what is sent to be kept. It fails the test
// if crossed, which returns all that nodes have told each other, shows a name, a message, a picture or sound, a key or a
// token: as it is, in base64, or turned around.
func Run(t *testing.T, cluster server.Cluster, crossed func() []byte) {
	t.Helper()
	key := token.Key{ID: "test", Secret: "a secret of the tests, of 32 bytes or more"}
	secret := e2ee.NewSecret()
	keys := make(chan []e2ee.Held, 1)
	var guests []guest
	for _, name := range []string{"Annabelle Aspinwall", "Bartholomew Birdwhistle"} {
		node := servertest.Start(t, server.Config{Cluster: cluster, Keys: []token.Key{key}, DrainTimeout: 100 * time.Millisecond})
		signed, err := key.Sign(token.Claims{
			Identity: "identity-of-" + name[:1], Room: "tapped", Expires: time.Now().Add(time.Minute),
			Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true},
		})
		if err != nil {
			t.Fatal(err)
		}
		c := client.Config{
			Name: name, Room: "tapped", Keys: client.MeetingSecret(secret),
			Token: func(context.Context) (string, error) { return signed, nil },
		}
		if len(guests) > 0 {
			c.Keep = func(held []e2ee.Held) {
				select {
				case <-keys:
				default:
				}
				keys <- held
			}
		}
		r, err := client.Join(t.Context(), node.URL(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		guests = append(guests, guest{r, name, signed})
	}
	ann, bob := guests[0], guests[1]
	picture, sound := []byte("a picture that nobody else may see"), []byte("a sound that nobody else may hear")
	for source, payload := range map[media.Source][]byte{media.Camera: picture, media.Microphone: sound} {
		exchange(t, ann.Room, bob.Room, source, payload)
	}
	chat := []byte("a message that nobody else may read")
	if err := ann.Local().PublishData(t.Context(), chat, client.DataOptions{Topic: "chat"}); err != nil {
		t.Fatal(err)
	}
	for m, err := range bob.Messages(t.Context()) {
		if err != nil || !bytes.Equal(m.Payload, chat) || m.From.Name() != ann.name {
			t.Fatalf("%+v, %v", m, err)
		}
		break
	}
	seen := crossed()
	// Or else nothing at all would be seen.
	if !shows(seen, []byte("identity-of-A")) || !shows(seen, []byte("identity-of-B")) {
		t.Error("the tap does not work")
	}
	unseen := map[string][]byte{
		"a picture": picture, "a sound": sound, "a message": chat, "a name": []byte(ann.name), "another name": []byte(bob.name),
		"a token": []byte(ann.token), "a token's signature": []byte(ann.token[len(ann.token)-40:]), "the secret of tokens": []byte(key.Secret),
		"the meeting's secret": secret[:],
	}
	for _, held := range <-keys {
		for _, k := range held.Keys {
			unseen[fmt.Sprintf("key %d.%d of a member", k.Gen, k.Step)] = k.Base
		}
	}
	for what, b := range unseen {
		if shows(seen, b) {
			t.Errorf("%s has crossed the backbone", what)
		}
	}
}

// shows reports whether something is in what was seen, as it is or in base64 or turned around.
func shows(seen, what []byte) bool {
	backwards := slices.Clone(what)
	slices.Reverse(backwards)
	for _, form := range [][]byte{
		what, backwards,
		[]byte(base64.StdEncoding.EncodeToString(what)), []byte(base64.RawURLEncoding.EncodeToString(what)),
	} {
		if bytes.Contains(seen, form) {
			return true
		}
	}
	return false
}

// exchange sends frames of a source until one has come.
func exchange(t testing.TB, from, to *client.Room, source media.Source, payload []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	options := client.TrackOptions{Source: source}
	if source == media.Camera {
		options.Layers = []media.Layer{{Width: 640, Height: 360}}
	}
	track, err := from.Local().PublishTrack(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	var frames iter.Seq2[media.Frame, error]
	for e, err := range to.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := e.(client.TrackPublished); ok && p.Track.Source() == source {
			s, err := p.Track.Subscribe(ctx, client.SubscribeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			frames = s.Frames(ctx)
			break
		}
	}
	sending, stop := context.WithCancel(ctx)
	var sender sync.WaitGroup
	defer sender.Wait()
	defer stop()
	sender.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			f := media.Frame{Timestamp: time.Duration(n) * 20 * time.Millisecond, Codec: media.Opus, Payload: payload}
			if source == media.Camera {
				f.Codec, f.Keyframe, f.Width, f.Height = media.VP8, true, 640, 360
			}
			if track.WriteFrame(0, f) != nil {
				return
			}
			select {
			case <-ticker.C:
			case <-sending.Done():
				return
			}
		}
	})
	for f, err := range frames {
		if err != nil || !bytes.Equal(f.Payload, payload) {
			t.Fatalf("%+v, %v", f, err)
		}
		return
	}
}
