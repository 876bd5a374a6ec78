package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// take returns the next n messages of a room.
func take(t testing.TB, r *Room, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []string
	for m, err := range r.Messages(ctx) {
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		got = append(got, fmt.Sprintf("%s %s: %s", m.From.Name(), m.Topic, m.Payload))
		if len(got) == n {
			break
		}
	}
	return got
}

func TestMessages(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		w.grants["eve"] = &pb.Grants{Join: true, Subscribe: true}
		ann, bob, eve := w.join("ann", kind, nil), w.join("bob", kind, nil), w.join("eve", kind, nil)
		w.meet(ann, bob, eve)
		send := func(text string, to ...string) {
			t.Helper()
			if err := ann.Local().PublishData(t.Context(), []byte(text), DataOptions{Topic: "chat", To: to}); err != nil {
				t.Error(err)
			}
		}
		for n := range 5 {
			send(fmt.Sprint(n))
		}
		send("for bob", "bob")
		send("for all")
		if got, want := strings.Join(take(t, bob.Room, 7), ", "), "ann chat: 0, ann chat: 1, ann chat: 2, ann chat: 3, ann chat: 4, ann chat: for bob, ann chat: for all"; got != want {
			t.Errorf("bob got %s", got)
		}
		if got := take(t, eve.Room, 6); got[5] != "ann chat: for all" {
			t.Errorf("eve got %s", got)
		}

		// One who has just come can read what is said to welcome it.
		carol := w.join("carol", kind, nil)
		await(t, ann.Room, func(e ParticipantJoined) bool { return e.Participant.Name() == "carol" })
		send("welcome")
		if got := take(t, carol.Room, 1); got[0] != "ann chat: welcome" {
			t.Errorf("carol got %s", got)
		}

		refused := func(r *visitor, payload int, o DataOptions, code string) {
			t.Helper()
			if err := r.Local().PublishData(t.Context(), make([]byte, payload), o); !errors.Is(err, &Error{Code: code}) {
				t.Errorf("%+v: %v, want %s", o, err, code)
			}
		}
		refused(eve, 1, DataOptions{}, wire.CodeForbidden)
		refused(ann, 16<<10, DataOptions{}, wire.CodeMessageTooLarge)
		refused(ann, 1, DataOptions{Topic: strings.Repeat("a", 65)}, CodeConfigInvalid)
		refused(ann, 1, DataOptions{Topic: "confab/profile"}, CodeConfigInvalid)
		refused(ann, 1, DataOptions{To: []string{"nobody"}}, CodeConfigInvalid)
	})
}

// TestMessagesAreSentOnce: what was sent and received around the loss of a connection comes once and in order.
func TestMessagesAreSentOnce(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		w.meet(ann, bob)
		const messages = 200
		for n := range messages {
			if n%50 == 20 {
				ann.cut()
			}
			if n%50 == 25 {
				ann.restore()
			}
			for _, v := range []*visitor{ann, bob} {
				if err := v.Local().PublishData(t.Context(), fmt.Append(nil, n), DataOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		for _, v := range []*visitor{ann, bob} {
			for n, got := range take(t, v.Room, messages) {
				if !strings.HasSuffix(got, fmt.Sprint(" : ", n)) {
					t.Fatalf("message %d: %s", n, got)
				}
			}
		}
	})
}
