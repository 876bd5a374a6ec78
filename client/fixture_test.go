package client

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var transports = []Transport{WebTransport, WebSocket}

// meeting is a room on a node, with its secret.
type meeting struct {
	*servertest.Node
	secret e2ee.Secret
}

func newMeeting(t testing.TB, c server.Config) *meeting {
	t.Helper()
	return &meeting{servertest.Start(t, c), e2ee.NewSecret()}
}

func (m *meeting) link(t testing.TB) string {
	t.Helper()
	link, err := e2ee.FormatLink(m.URL(), "room-1", e2ee.Invitation{Secret: m.secret})
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// join enters the meeting until the test ends.
func (m *meeting) join(t testing.TB, c Config) *Room {
	t.Helper()
	r, err := Join(t.Context(), m.link(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// await returns the next event of a type that passes the test.
func await[E Event](t testing.TB, r *Room, test func(E) bool) E {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for event, err := range r.Events(ctx) {
		if err != nil {
			t.Fatalf("waiting for %T: %v", *new(E), err)
		}
		if e, ok := event.(E); ok && (test == nil || test(e)) {
			return e
		}
	}
	t.Fatalf("the room ended before %T: %v", *new(E), r.Err())
	panic("unreachable")
}

// track waits for a track of a source.
func track(t testing.TB, r *Room, source media.Source) *RemoteTrack {
	t.Helper()
	return await(t, r, func(e TrackPublished) bool { return e.Track.Source() == source }).Track
}

func publish(t testing.TB, r *Room, o TrackOptions) *LocalTrack {
	t.Helper()
	track, err := r.Local().PublishTrack(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return track
}

func subscribe(t testing.TB, track *RemoteTrack) *Subscription {
	t.Helper()
	s, err := track.Subscribe(t.Context(), SubscribeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reader pulls the frames of a subscription; what it returned is valid until the next.
type reader struct {
	next func() (media.Frame, error, bool)
	stop func()
}

func read(t testing.TB, s *Subscription) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	next, stop := iter.Pull2(s.Frames(ctx))
	t.Cleanup(func() { stop(); cancel() })
	return &reader{next, stop}
}

func (r *reader) frame(t testing.TB) media.Frame {
	t.Helper()
	f, err, ok := r.next()
	if err != nil || !ok {
		t.Fatalf("no frame: %v, %v", err, ok)
	}
	return f
}

// video returns frame n of a picture that has a keyframe every ten frames.
func video(n int) media.Frame {
	return media.Frame{
		Timestamp: time.Duration(n) * 33 * time.Millisecond,
		Codec:     media.VP8,
		Keyframe:  n%10 == 0,
		Width:     64, Height: 36,
		Payload: fmt.Appendf(nil, "frame %d", n),
	}
}

func sound(n int) media.Frame {
	return media.Frame{
		Timestamp: time.Duration(n) * 20 * time.Millisecond,
		Duration:  20 * time.Millisecond,
		Codec:     media.Opus,
		Payload:   fmt.Appendf(nil, "sound %d", n),
	}
}
