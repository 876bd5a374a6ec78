package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A running clinic, with a real node and a real database.
type running struct {
	*clinic
	t      *testing.T
	origin string
}

func start(t *testing.T) *running {
	t.Helper()
	store, err := openStore(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.close(); err != nil {
			t.Error(err)
		}
	})
	key, secret := token.Key{ID: "clinic", Secret: strings.Repeat("0123456789", 4)}, webhook.NewSecret()
	site := httptest.NewUnstartedServer(nil)
	origin := "http://" + site.Listener.Addr().String()
	node := servertest.Start(t, server.Config{
		Keys: []token.Key{key}, Webhooks: []server.Webhook{{URL: origin + "/webhooks/confab", Secret: secret}},
	})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := newClinic(config{
		Store: store, Node: &meetings.Client{Node: node.URL(), Key: key, HTTP: &http.Client{Transport: transport}}, NodePublic: node.URL(), Webhooks: secret,
		Site: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}, Zone: time.UTC, Demo: true, HashRounds: 10, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	site.Config.Handler = c
	site.Start()
	t.Cleanup(site.Close)
	return &running{clinic: c, t: t, origin: origin}
}

// A browser of a doctor or a patient.
type browser struct {
	at   *running
	http *http.Client
	key  string // of a patient
}

func (r *running) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	transport := &http.Transport{}
	r.t.Cleanup(transport.CloseIdleConnections)
	return &browser{at: r, http: &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}}
}

// do makes a request and returns what came.
func (b *browser) do(method, path string, body any, header ...string) (*http.Response, []byte) {
	b.at.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.at.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.at.t.Context(), method, b.at.origin+"/api/"+path, bytes.NewReader(text))
	if err != nil {
		b.at.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return b.send(request)
}

func (b *browser) send(request *http.Request) (*http.Response, []byte) {
	b.at.t.Helper()
	if b.key != "" {
		request.Header.Set("Authorization", "Bearer "+b.key)
	}
	response, err := b.http.Do(request)
	if err != nil {
		b.at.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		b.at.t.Fatal(err)
	}
	return response, answer
}

// ask makes a request that is to succeed, and reads the answer.
func ask[T any](b *browser, method, path string, body any) T {
	b.at.t.Helper()
	response, answer := b.do(method, path, body)
	if response.StatusCode/100 != 2 {
		b.at.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	var v T
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &v); err != nil {
			b.at.t.Fatal(err)
		}
	}
	return v
}

// refused makes a request that is to be refused.
func (b *browser) refused(method, path string, body any, status int, code string) {
	b.at.t.Helper()
	response, answer := b.do(method, path, body)
	var f failure
	if err := json.Unmarshal(answer, &f); err != nil || response.StatusCode != status || f.Code != code || f.Detail == "" {
		b.at.t.Errorf("%s %s: %d %s, want %d %s", method, path, response.StatusCode, answer, status, code)
	}
}

// doctor signs in as the doctor with an id.
func (r *running) doctor(id string) *browser {
	r.t.Helper()
	b := r.browser()
	ask[doctor](b, "POST", "sign-in", map[string]string{"doctor": id, "password": demoPassword})
	return b
}

// patient books the next free slot with a doctor.
func (r *running) patient(doctor, name string) (b *browser, visit string) {
	r.t.Helper()
	b = r.browser()
	slots := ask[[]slot](b, "GET", "doctors/"+doctor+"/slots", nil)
	made := ask[struct{ ID, Key string }](b, "POST", "appointments", map[string]any{"doctor": doctor, "starts": slots[0].Starts, "name": name, "reason": "Cough"})
	b.key = made.Key
	return b, made.ID
}

// enter joins the call as a page does. waits is told when the node has one wait.
func (b *browser) enter(visit string, waits func()) (*client.Room, error) {
	t := ask[ticket](b, "POST", "visits/"+visit+"/join", nil)
	secret, err := e2ee.ParseFragment("e1." + base64.RawURLEncoding.EncodeToString(t.Secret))
	if err != nil {
		return nil, err
	}
	link, err := e2ee.FormatLink(t.Node, b.at.meetingOf(visit), secret)
	if err != nil {
		return nil, err
	}
	return client.Join(b.at.t.Context(), link, client.Config{
		OnWaiting: waits, Token: func(context.Context) (string, error) { return t.Token, nil },
	})
}

// record joins the call with what the command for a recorder says.
func (r *running) record(visit string) *client.Room {
	r.t.Helper()
	var command strings.Builder
	if err := r.recorder(r.t.Context(), &command, visit); err != nil {
		r.t.Fatal(err)
	}
	var secret, link string
	if _, err := fmt.Sscanf(command.String(), "CONFAB_TOKEN=%s confab record %s", &secret, &link); err != nil {
		r.t.Fatal(command.String(), err)
	}
	room, err := client.Join(r.t.Context(), strings.Trim(link, "'"), client.Config{
		Roles: e2ee.Recorder, Token: func(context.Context) (string, error) { return secret, nil },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { room.Close() })
	return room
}

func (r *running) meetingOf(visit string) string {
	a, err := r.store.appointment(r.t.Context(), visit)
	if err != nil {
		r.t.Fatal(err)
	}
	return a.Meeting
}

// until follows a page until it shows what is wanted.
func until[T any](b *browser, path, what string, shown func(T) bool) T {
	b.at.t.Helper()
	request, err := http.NewRequestWithContext(b.at.t.Context(), "GET", b.at.origin+"/api/"+path, nil)
	if err != nil {
		b.at.t.Fatal(err)
	}
	if b.key != "" {
		request.Header.Set("Authorization", "Bearer "+b.key)
	}
	response, err := b.http.Do(request)
	if err != nil {
		b.at.t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		b.at.t.Fatalf("%s: %d %s", path, response.StatusCode, kind)
	}
	var last T
	for text, err := range events(response.Body) {
		if err != nil {
			b.at.t.Fatalf("not shown: %s: %v (last: %+v)", what, err, last)
		}
		var v T
		if err := json.Unmarshal(text, &v); err != nil {
			b.at.t.Fatal(err)
		}
		if last = v; shown(v) {
			return v
		}
	}
	b.at.t.Fatalf("not shown: %s (last: %+v)", what, last)
	return last
}
