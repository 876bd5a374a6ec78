package iggy

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	iggcon "github.com/apache/iggy/foreign/go/contracts"
	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/backbonetest"
	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var discard = slog.New(slog.DiscardHandler)

// deployment returns the configuration of nodes that share a stream.
func deployment(t *testing.T) Config {
	t.Helper()
	return Config{URL: iggytest.Stream(t), Logger: discard}
}

func connect(t *testing.T, c Config) *client {
	t.Helper()
	b, err := Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b.(*client)
}

func TestContract(t *testing.T) {
	backbonetest.Run(t, func(t *testing.T) (nodes [3]backbone.Backbone) {
		c := deployment(t)
		for i := range nodes {
			nodes[i] = connect(t, c)
		}
		return nodes
	})
}

// topics lists the logs of a deployment.
func topics(t *testing.T, b *client) (names []string) {
	t.Helper()
	b.caretaker.mu.Lock()
	defer b.caretaker.mu.Unlock()
	all, err := call(t.Context(), b.caretaker.connection, func(c iggcon.Client) ([]iggcon.Topic, error) { return c.GetTopics(b.caretaker.stream) })
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range all {
		names = append(names, topic.Name)
	}
	return names
}

// TestInboxesEndWithTheirNode: with one that stops, and with one that dies once others have seen that nothing comes to it.
func TestInboxesEndWithTheirNode(t *testing.T) {
	c := deployment(t)
	dead, stopped, alive := connect(t, c), connect(t, c), connect(t, c)
	for node, id := range map[*client]string{dead: "dead", stopped: "stopped", alive: "alive"} {
		if _, err := node.Subscribe(backbone.Inbox(id, backbone.Video), func([]byte) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stopped.Close(); err != nil {
		t.Fatal(err)
	}
	came := make(chan struct{}, 1)
	if _, err := alive.Subscribe(backbone.Room("r"), func([]byte) { came <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	alive.caretaker.touch()
	// They go the same way, so what was written before has come as well.
	if err := alive.Publish(backbone.Room("r"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	<-came
	if err := alive.caretaker.sweep(t.Context(), time.Microsecond); err != nil {
		t.Fatal(err)
	}
	left := strings.Join(topics(t, alive), " ")
	for id, want := range map[string]bool{"dead": false, "stopped": false, "alive": true} {
		if strings.Contains(left, "."+id+".") != want {
			t.Errorf("the inbox of %s: %v", id, left)
		}
	}
}

// TestLogMadeAnew: a node whose inbox was taken away, as by a server that has lost its data, receives again.
func TestLogMadeAnew(t *testing.T) {
	c := deployment(t)
	from, to := connect(t, c), connect(t, c)
	inbox := backbone.Inbox("here", backbone.Sound)
	came := make(chan string, 1000)
	if _, err := to.Subscribe(inbox, func(msg []byte) { came <- string(msg) }); err != nil {
		t.Fatal(err)
	}
	meet := func(msg string) {
		again := time.NewTicker(5 * time.Millisecond)
		defer again.Stop()
		for {
			if err := from.Publish(inbox, []byte(msg)); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-came:
				if got == msg {
					return
				}
			case <-again.C:
			}
		}
	}
	meet("before")
	from.caretaker.mu.Lock()
	err := from.caretaker.remove(t.Context(), inbox.String())
	from.caretaker.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	meet("after")
}

func TestOnlyWhoLogsIn(t *testing.T) {
	c := deployment(t)
	u, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal("the URL of the server can't be read")
	}
	u.User = url.UserPassword("iggy", "not the password")
	if b, err := Connect(Config{URL: u.String(), Logger: discard}); err == nil {
		b.Close()
		t.Error("any password will do")
	} else if strings.Contains(err.Error(), "not the password") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestServerAway(t *testing.T) {
	_, err := Connect(Config{URL: "iggy://someone:unsaid@127.0.0.1:1", Logger: discard})
	if err == nil || strings.Contains(err.Error(), "unsaid") {
		t.Errorf("nothing listens: %v", err)
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	file := t.TempDir() + "/credentials"
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]Config{
		"iggy://HOST":          {URL: "nats://127.0.0.1:8090"},
		"like iggy://":         {URL: "iggy://a:unsaid@[:8090"},
		"HOST:8090":            {URL: "iggy://a:unsaid@host"},
		"who is this node":     {URL: "iggy://host:8090"},
		"choose one":           {URL: "iggy://a:unsaid@host:8090", Credentials: file},
		"holds no credentials": {URL: "iggy://host:8090", Credentials: file},
		"the credentials":      {URL: "iggy://host:8090", Credentials: "/nowhere"},
		"the only option":      {URL: "iggy://a:unsaid@host:8090?reconnect=no"},
		"stream":               {URL: "iggy://a:unsaid@host:8090/a/b"},
		"no TLS":               {URL: "iggy://a:unsaid@host:8090", CA: file},
		"no certificate":       {URL: "iggy://a:unsaid@host:8090?tls=true", CA: file},
	} {
		_, err := c.endpoint()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "unsaid") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
}

func TestCredentials(t *testing.T) {
	file := t.TempDir() + "/credentials"
	for text, want := range map[string]endpoint{
		"node:a:b\n": {user: "node", password: "a:b"},
		"token\n":    {token: "token"},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Config{URL: "iggy://host:8090/meetings", Credentials: file}.endpoint()
		want.addr, want.stream = "host:8090", "meetings"
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestSealedTopics(t *testing.T) {
	for _, topic := range []backbone.Topic{backbone.Nodes(), backbone.Room("r"), backbone.Inbox(strings.Repeat("n", 32), backbone.Control)} {
		b := seal(topic, []byte("msg"))
		if name, msg := open(b); name != topic.String() || string(msg) != "msg" || len(b) > sealed+3 {
			t.Errorf("%q holds %q", name, msg)
		}
	}
	for _, b := range [][]byte{nil, touch, {5, 'a'}, {1}, {255, 'a'}} {
		if name, _ := open(b); name != "" {
			t.Errorf("%v is of topic %q", b, name)
		}
	}
}

// TestLeftBehind: a call that is not answered is given up in time, and what it returns in the end is not lost.
func TestLeftBehind(t *testing.T) {
	var behind atomic.Int32
	frozen, late := make(chan struct{}), make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bounded(ctx, &behind, func() (string, error) {
		<-frozen
		return "in the end", nil
	}, func(s string) { late <- s })
	if !errors.Is(err, errNoAnswer) || behind.Load() != 1 {
		t.Errorf("%v, %d left behind", err, behind.Load())
	}
	close(frozen)
	if s := <-late; s != "in the end" {
		t.Errorf("%q came late", s)
	}
	behind.Store(maxLeftBehind)
	if _, err := bounded(t.Context(), &behind, func() (string, error) { return "", nil }, func(string) {}); !errors.Is(err, errBusy) {
		t.Errorf("one call more: %v", err)
	}
}

// TestLate: what waits too long in a log is skipped, all of it at once.
func TestLate(t *testing.T) {
	r := &reader{patience: time.Second}
	begin := time.Now()
	at := begin.Add
	c := &cursor{next: 10, polled: begin}
	for _, step := range []struct {
		name         string
		next, newest uint64
		after        time.Duration
		late         bool
	}{
		{"some", 10, 40, 100 * time.Millisecond, false},
		{"slowly", 30, 60, 900 * time.Millisecond, false},
		{"done with those", 41, 80, 1200 * time.Millisecond, false},
		{"too slow", 70, 200, 2300 * time.Millisecond, true},
		{"after that", 201, 201, 2400 * time.Millisecond, false},
	} {
		c.next = step.next
		if late := r.late(c, step.newest, at(step.after)); late != step.late {
			t.Errorf("%s: late %v", step.name, late)
		}
		c.polled = at(step.after)
	}
	c = &cursor{next: 10, polled: begin}
	if !r.late(c, 50, at(5*time.Second)) {
		t.Error("what came while the server was away is not skipped")
	}
}

func TestBatches(t *testing.T) {
	a, b := logOf(backbone.Inbox("a", backbone.Video)), logOf(backbone.Inbox("b", backbone.Video))
	entryOf := func(l log, size int) entry { return entry{l, iggcon.IggyMessage{Payload: make([]byte, size)}} }
	groups := batches([]entry{entryOf(a, 1), entryOf(b, 2), entryOf(a, 3), entryOf(a, maxBatchBytes), entryOf(b, 4)})
	var got []string
	for _, g := range groups {
		line := g.log.name[len(backbone.InboxPrefix):]
		for _, m := range g.messages {
			line += " " + string(rune('0'+len(m.Payload)%10))
		}
		got = append(got, line)
	}
	want := []string{"a.video 1 3", "b.video 2 4", "a.video " + string(rune('0'+maxBatchBytes%10))}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%q, not %q", got, want)
	}
}
