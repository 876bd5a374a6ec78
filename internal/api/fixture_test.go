package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/meeting/store/pgtest"
	"github.com/openconfab/confab/internal/signin"
	"github.com/openconfab/confab/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

// Keys of two back ends.
var (
	clinic = token.Key{ID: "clinic", Secret: strings.Repeat("0123456789", 4)}
	school = token.Key{ID: "school", Secret: strings.Repeat("9876543210", 4)}
)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// node is an API with a database.
type node struct {
	*API

	clock *clock
	t     *testing.T
}

// each runs a test on a node of every kind of database.
func each(t *testing.T, change func(*Config), test func(t *testing.T, n *node)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, newNode(t, change)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		db, err := store.OpenPostgreSQL(t.Context(), pgtest.URL(t))
		test(t, newNodeOf(t, db, err, change))
	})
}

// newNode returns one that knows two back ends and is open to guests, unless change says otherwise. Its database is SQLite in memory.
func newNode(t *testing.T, change func(*Config)) *node {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), "")
	return newNodeOf(t, db, err, change)
}

func newNodeOf(t *testing.T, db *store.Store, err error, change func(*Config)) *node {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c := &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	meetings, err := meeting.New(t.Context(), meeting.Config{Store: db, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		Meetings:     meetings,
		SignIn:       signin.New(signin.Config{Store: db, Now: c.Now}),
		Keys:         map[string]token.Key{clinic.ID: clinic, school.ID: school},
		GuestsCreate: true,
		Base:         func(r *http.Request) *url.URL { return &url.URL{Scheme: "https", Host: r.Host} },
		Address:      func(r *http.Request) netip.Addr { return netip.MustParseAddrPort(r.RemoteAddr).Addr() },
		Now:          c.Now,
	}
	if change != nil {
		change(&config)
	}
	a, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return &node{API: a, clock: c, t: t}
}

// caller sends requests: with an API key, or as a browser that keeps its cookie.
type client struct {
	n      *node
	header http.Header
	cookie *http.Cookie
	from   string // address and port
}

func (n *node) backEnd(k token.Key) *client {
	return &client{n: n, header: http.Header{"Authorization": {"Bearer " + k.ID + ":" + k.Secret}}, from: "198.51.100.1:1000"}
}

func (n *node) browser() *client {
	return &client{n: n, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}, from: "192.0.2.1:1000"}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// code is that of a problem, or "" for an answer that is none.
func (a answer) code() string {
	if a.header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	var p Problem
	if json.Unmarshal([]byte(a.body), &p) != nil || p.Status != a.status {
		return "broken"
	}
	return p.Code
}

// do sends a request; headers are name, value, …
func (c *client) do(method, path, body string, headers ...string) answer {
	c.n.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(c.n.t.Context(), method, "https://meet.example.com"+path, reader)
	for name, values := range c.header {
		r.Header[name] = values
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.RemoteAddr = c.from
	if c.cookie != nil {
		r.AddCookie(&http.Cookie{Name: c.cookie.Name, Value: c.cookie.Value})
	}
	w := httptest.NewRecorder()
	c.n.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if c.header.Get("Authorization") == "" {
			c.cookie = cookie
		}
	}
	return answer{w.Code, w.Header(), w.Body.String()}
}

// get decodes an answer that has to have a status.
func get[T any](c *client, a answer, status int) (v T) {
	c.n.t.Helper()
	if a.status != status {
		c.n.t.Fatalf("%d %s, want %d", a.status, a.body, status)
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		c.n.t.Fatalf("%v in %s", err, a.body)
	}
	return v
}

// refused reports an answer that is no problem of a status and code.
func refused(t *testing.T, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%d %s, want %d %s", a.status, a.body, status, code)
	}
}
