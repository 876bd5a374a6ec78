package outbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting/outbox"
	"github.com/openconfab/confab/webhook"
)

// TestManyNodesDeliverOnceAndInOrder: three nodes deliver from one queue what is sent meanwhile.
func TestManyNodesDeliverOnceAndInOrder(t *testing.T) {
	each(t, func(t *testing.T, database string) {
		const rooms, count = 5, 12
		r := listen(t, nil)
		s := opened(t, database)
		var nodes []*outbox.Deliverer
		for range 3 {
			nodes = append(nodes, run(t, outbox.Config{Queue: opened(t, database), Endpoints: []outbox.Endpoint{r.Endpoint}}))
		}
		var senders sync.WaitGroup
		for i := range rooms {
			senders.Go(func() {
				for n := 1; n <= count; n += 3 {
					send(t, s, r.Endpoint, fmt.Sprint("room-", i), n, n+2)
				}
			})
		}
		senders.Wait()
		for _, n := range nodes {
			n.Wake()
		}
		next := map[string]int{}
		for range rooms * count {
			d := <-r.got
			room := d.Event.Data.Room
			next[room]++
			if d.ID != id(room, next[room]) {
				t.Errorf("%s came as number %d", d.ID, next[room])
			}
		}
		if len(r.got) > 0 {
			t.Errorf("%d were delivered twice", len(r.got))
		}
	})
}

// TestReceiverIsDown: it refuses, then it is not there at all, then it takes everything.
func TestReceiverIsDown(t *testing.T) {
	each(t, func(t *testing.T, database string) {
		var watch clock
		var mu sync.Mutex
		down := errors.New("down")
		r := listen(t, func(webhook.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			return down
		})
		s := opened(t, database)
		d := run(t, outbox.Config{Queue: s, Endpoints: []outbox.Endpoint{r.Endpoint}, Now: watch.now})
		send(t, s, r.Endpoint, "room", 1, 3)
		const refusals = 4
		for attempt := 1; attempt <= refusals; attempt++ {
			d.Wake()
			got := <-r.got
			if got.ID != id("room", 1) || got.Attempt != attempt {
				t.Errorf("attempt %d: got %s, attempt %d", attempt, got.ID, got.Attempt)
			}
			settled(t, d, func(s outbox.Stats) bool { return s.Failed == uint64(attempt) })
			watch.advance(10 * time.Minute) // longer than the longest wait
		}
		mu.Lock()
		down = nil
		mu.Unlock()
		d.Wake()
		for i := 1; i <= 3; i++ {
			if got := <-r.got; got.ID != id("room", i) {
				t.Errorf("then came %s, want %s", got.ID, id("room", i))
			}
		}
		settled(t, d, func(s outbox.Stats) bool { return s == outbox.Stats{Delivered: 3, Failed: refusals} })
	})
}

// settled waits until the counters are as they should be; there is no event for it.
func settled(t *testing.T, d *outbox.Deliverer, is func(outbox.Stats) bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !is(d.Stats()) {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline:
			t.Fatalf("the counters stay at %+v", d.Stats())
		}
	}
}

// TestNodeIsKilledWhileItDelivers: the process of a node is killed when the receiver has the message and has not answered yet. Another
// node takes over when the claim lapses; the receiver sees the same id again, marked as another attempt, and nothing is lost.
func TestNodeIsKilledWhileItDelivers(t *testing.T) {
	each(t, func(t *testing.T, database string) {
		killed := make(chan struct{})
		r := listen(t, func(d webhook.Delivery) error {
			if d.Attempt == 1 && d.ID == id("room", 2) {
				<-killed
			}
			return nil
		})
		s := opened(t, database)
		send(t, s, r.Endpoint, "room", 1, 4)

		node := exec.Command(os.Args[0])
		node.Env = append(os.Environ(), childDatabase+"="+database, childURL+"="+r.URL, childSecret+"="+r.Secret.Reveal())
		node.Stderr = os.Stderr
		if err := node.Start(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{id("room", 1), id("room", 2)} {
			if d := <-r.got; d.ID != want || d.Attempt != 1 {
				t.Errorf("the first node delivers %s, attempt %d; want %s", d.ID, d.Attempt, want)
			}
		}
		if err := node.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = node.Wait() // it was killed
		close(killed)

		var watch clock
		other := run(t, outbox.Config{Queue: s, Endpoints: []outbox.Endpoint{r.Endpoint}, Now: watch.now})
		other.Wake()
		watch.advance(time.Minute) // the claim lapses
		for i, attempt := range []int{2, 1, 1} {
			if d := <-r.got; d.ID != id("room", 2+i) || d.Attempt != attempt {
				t.Errorf("the other node delivers %s, attempt %d; want %s, attempt %d", d.ID, d.Attempt, id("room", 2+i), attempt)
			}
		}
	})
}

func TestWhatCannotBeDeliveredBecomesADeadLetter(t *testing.T) {
	each(t, func(t *testing.T, database string) {
		var watch clock
		r := listen(t, func(d webhook.Delivery) error {
			if d.ID == id("room", 1) {
				return errors.New("it is not understood")
			}
			return nil
		})
		s := opened(t, database)
		d := run(t, outbox.Config{Queue: s, Endpoints: []outbox.Endpoint{r.Endpoint}, Now: watch.now, MaxAge: time.Hour})
		send(t, s, r.Endpoint, "room", 1, 2)
		d.Wake()
		<-r.got
		settled(t, d, func(s outbox.Stats) bool { return s.Failed == 1 })
		watch.advance(2 * time.Hour)
		d.Wake()
		<-r.got
		if got := <-r.got; got.ID != id("room", 2) {
			t.Errorf("after the dead letter comes %s", got.ID)
		}
		settled(t, d, func(s outbox.Stats) bool { return s == outbox.Stats{Delivered: 1, Failed: 2, Dead: 1} })
	})
}

// TestRedirectIsNotFollowed: the operator has said where to send to, not the receiver.
func TestRedirectIsNotFollowed(t *testing.T) {
	target := listen(t, nil)
	redirects := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(redirects.Close)
	e := outbox.Endpoint{URL: redirects.URL, Secret: target.Secret}
	s := opened(t, t.TempDir())
	d := run(t, outbox.Config{Queue: s, Endpoints: []outbox.Endpoint{e}})
	send(t, s, e, "room", 1, 1)
	d.Wake()
	settled(t, d, func(s outbox.Stats) bool { return s.Failed == 1 })
	if len(target.got) > 0 {
		t.Error("it was followed")
	}
}

func TestEndpointsAreChecked(t *testing.T) {
	secret := webhook.NewSecret()
	for name, endpoints := range map[string][]outbox.Endpoint{
		"no URL":        {{URL: "app.example.com", Secret: secret}},
		"another kind":  {{URL: "ftp://app.example.com", Secret: secret}},
		"with password": {{URL: "https://a:b@app.example.com", Secret: secret}},
		"no secret":     {{URL: "https://app.example.com"}},
		"twice":         {{URL: "https://app.example.com", Secret: secret}, {URL: "https://app.example.com", Secret: secret}},
	} {
		if _, err := outbox.New(outbox.Config{Endpoints: endpoints}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
