package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testKey = token.Key{ID: "support", Secret: strings.Repeat("0123456789", 4)}

// shop is a support desk with a real node and a real database.
type shop struct {
	*desk

	node *servertest.Node
	url  string
	t    *testing.T
}

// openShop starts both. Nobody is given up while a test lasts, unless change says otherwise.
func openShop(t *testing.T, change func(*deskConfig)) *shop {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	address := "http://" + front.Listener.Addr().String()
	secret := webhook.NewSecret()
	node := servertest.Start(t, server.Config{
		Keys: []token.Key{testKey}, DisableUDP: true,
		Webhooks: []server.Webhook{{URL: address + "/webhooks/confab", Secret: secret}},
	})
	nodeURL, err := url.Parse(node.URL())
	if err != nil {
		t.Fatal(err)
	}
	calls, err := newCalls(nodeURL, testKey.ID+":"+testKey.Secret)
	if err != nil {
		t.Fatal(err)
	}
	c := deskConfig{
		Data: filepath.Join(t.TempDir(), "support.db"), Calls: calls,
		CustomerGrace: time.Hour, AgentGrace: time.Hour, ArrivalGrace: time.Hour,
		HashRounds: 10,
	}
	if change != nil {
		change(&c)
	}
	d, err := openDesk(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := &fstest.MapFile{}
	s, err := newSite(siteConfig{
		Desk: d, Webhook: secret, Site: fstest.MapFS{"index.html": file, "desk.html": file, "element/index.js": file},
	})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s
	front.Start()
	t.Cleanup(func() {
		node.Stop()
		s.stop()
		front.Close()
		d.close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return &shop{desk: d, node: node, url: address, t: t}
}

// page is a browser with a page open, of a customer or an agent, whose views are of type V.
type page[V any] struct {
	shop   *shop
	http   *http.Client
	stream string // path of its events
	views  chan V
	last   V
	leave  func() // closes the page
}

func newPage[V any](s *shop, stream string) *page[V] {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &page[V]{shop: s, http: &http.Client{Jar: jar, Transport: transport}, stream: stream, leave: func() {}}
}

// post sends a request, and returns the code of the problem that it is answered with, "" for none.
func (p *page[V]) post(path string, body, answer any) string {
	t := p.shop.t
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.shop.url+"/api/"+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.http.Do(r)
	if err != nil {
		t.Error(err)
		return "failed"
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		if answer == nil {
			answer = &nothing{}
		}
		if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
			t.Error(err)
		}
		return ""
	}
	var refused problem
	if err := json.NewDecoder(res.Body).Decode(&refused); err != nil || refused.Status != res.StatusCode {
		t.Errorf("%s: %s, %v", path, res.Status, err)
	}
	return refused.Code
}

// must is a request that is done.
func (p *page[V]) must(path string, body any) {
	p.shop.t.Helper()
	if code := p.post(path, body, nil); code != "" {
		p.shop.t.Fatalf("%s: %s", path, code)
	}
}

// open opens the page.
func (p *page[V]) open() {
	t := p.shop.t
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.shop.url+p.stream, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.http.Do(r)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	views, ended := make(chan V, 100), make(chan struct{})
	p.views = views
	p.leave = func() {
		cancel()
		<-ended
	}
	t.Cleanup(p.leave)
	go func() {
		defer close(ended)
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var v V
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Error(err)
			}
			select {
			case views <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// await waits for a view that is as wanted.
func (p *page[V]) await(what string, wanted func(V) bool) V {
	t := p.shop.t
	t.Helper()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for !wanted(p.last) {
		select {
		case p.last = <-p.views:
		case <-late.C:
			text, _ := json.Marshal(p.last)
			t.Fatalf("not seen: %s. Last: %s", what, text)
		}
	}
	return p.last
}

// customer asks and waits.
func (s *shop) customer(name, topic string) *page[customerView] {
	s.t.Helper()
	p := newPage[customerView](s, "/api/customer/events")
	p.must("customer/ask", question{Name: name, Topic: topic, Page: "Moss table lamp"})
	p.open()
	p.await("the place in the queue", func(v customerView) bool { return v.Contact != nil && v.Contact.Position > 0 })
	return p
}

// agent signs in and takes calls.
func (s *shop) agent(id string) *page[agentView] {
	s.t.Helper()
	p := newPage[agentView](s, "/api/desk/events")
	p.must("desk/sign-in", credentials{Agent: id, Password: demoPassword})
	p.open()
	p.must("desk/available", request{On: true})
	p.await("being free", func(v agentView) bool { return v.Me.Status == free })
	return p
}

// talks picks a customer up.
func talks(a *page[agentView], c *page[customerView]) {
	a.shop.t.Helper()
	a.must("desk/pick-up", request{Contact: c.last.Contact.ID})
	c.await("being picked up", func(v customerView) bool { return v.Contact.State == talking })
	a.await("the call", func(v agentView) bool { return v.Call != nil && v.Call.State == talking })
}

// enter joins the call of a page, as its element does.
func enter[V any](p *page[V], path, name string) *client.Room {
	t := p.shop.t
	t.Helper()
	var first pass
	if code := p.post(path, nothing{}, &first); code != "" {
		t.Fatalf("%s: %s", path, code)
	}
	var secret e2ee.Secret
	copy(secret[:], first.Secret)
	room, err := client.Join(t.Context(), first.URL, client.Config{
		Name: name, Keys: client.MeetingSecret(secret), Transport: client.WebSocket,
		Token: func(context.Context) (string, error) { return first.Token, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() })
	return room
}

// hear returns the next message of a topic of the test's own.
func hear(t *testing.T, r *client.Room) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for m, err := range r.Messages(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		return string(m.Payload)
	}
	return ""
}

// tell sends a message as soon as somebody is there to read it.
func tell(t *testing.T, r *client.Room, to, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for e, err := range r.Events(ctx) {
		if err != nil {
			t.Error(err)
			return
		}
		if joined, ok := e.(client.ParticipantJoined); ok && joined.Participant.Identity() == to {
			break
		}
	}
	if err := r.Local().PublishData(ctx, []byte(text), client.DataOptions{To: []string{to}}); err != nil {
		t.Error(err)
	}
}
