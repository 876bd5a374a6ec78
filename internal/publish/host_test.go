package publish

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// withHost starts a meeting, and returns a publisher's room and that of a host.
func withHost(t *testing.T) (publisher, host *client.Room) {
	t.Helper()
	key := token.Key{ID: "a", Secret: strings.Repeat("s3cret-", 6)}
	link := mediatest.MeetingOn(t, server.Config{Keys: []token.Key{key}})
	enter := func(identity string, admin bool) *client.Room {
		room, err := client.Join(t.Context(), link, client.Config{Token: func(context.Context) (string, error) {
			return key.Sign(token.Claims{
				Room: "studio", Identity: identity, Expires: time.Now().Add(time.Minute),
				Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Admin: admin},
			})
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { room.Close() })
		return room
	}
	return enter("publisher", false), enter("host", true)
}

// muteCamera has the host mute the camera once it is there.
func muteCamera(ctx context.Context, t *testing.T, host *client.Room) {
	t.Helper()
	for event, err := range host.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if published, ok := event.(client.TrackPublished); ok && published.Track.Source() == media.Camera {
			break
		}
	}
	if err := host.Host().MuteAll(ctx, media.Camera); err != nil {
		t.Fatal(err)
	}
}

// TestHostsMuteOutlastsAPause: what a host has muted is not taken back when the input goes on after a pause.
func TestHostsMuteOutlastsAPause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	publisher, host := withHost(t)
	track, err := publisher.Local().PublishTrack(ctx, client.TrackOptions{Source: media.Camera})
	if err != nil {
		t.Fatal(err)
	}
	o := newOutlet(track, slog.New(slog.DiscardHandler))
	defer o.close()
	o.stalled.Stop() // the test says when it pauses
	asked := false
	for event, err := range publisher.Events(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if _, muted := event.(client.LocalTrackMuted); muted {
			break
		}
		if !asked {
			asked = true
			muteCamera(ctx, t, host)
		}
	}
	o.mute(true)
	o.alive()
	if !track.Muted() {
		t.Error("a host has muted it, and it goes on after a pause")
	}
}

// TestPublisherSaysThatAHostMutesIt, for there is nobody to see it.
func TestPublisherSaysThatAHostMutesIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	publisher, host := withHost(t)
	p := startIn(t, publisher, Config{Inputs: []string{TestPattern(180, 15)}})
	muteCamera(ctx, t, host)
	for written := p.log.next(); !strings.Contains(p.log.String(), "a host has muted"); written = p.log.next() {
		select {
		case <-written:
		case <-ctx.Done():
			t.Fatalf("log:\n%s", p.log)
		}
	}
}
