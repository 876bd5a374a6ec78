package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting/store"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/internal/signin"
	"github.com/openconfab/confab/server"
)

// me is what a node knows of a browser.
type me struct {
	ID, Name, Email             string
	Guest, CanSignIn, CanCreate bool
}

func (b *browser) me() (m me) {
	b.t.Helper()
	res, err := b.Get(b.node + "/v1/me")
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *browser) post(path, body string) (status int, answer string) {
	b.t.Helper()
	res, err := b.Post(b.node+path, "application/json", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestPeopleSignIn is a person's way through a node and a provider that is a process of its own.
func TestPeopleSignIn(t *testing.T) {
	p := startProvider(t)
	n := servertest.Start(t, server.Config{OIDC: server.OIDC{Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret}})
	node := n.URL()
	p.tell("node", url.Values{"address": {node}})

	b := newBrowser(t, node)
	if m := b.me(); m.ID != "" || !m.CanSignIn || m.CanCreate {
		t.Errorf("before: %+v", m)
	}
	if status, _ := b.post("/v1/meetings", "{}"); status != http.StatusUnauthorized {
		t.Errorf("a guest made a meeting: %d", status)
	}
	callback := b.signIn("/m/room-1?lang=de")
	if at, _ := b.visit(callback, "/m/"); at != node+"/m/room-1?lang=de" {
		t.Fatalf("came back to %s", at)
	}
	first := b.me()
	if first.Guest || !strings.HasPrefix(first.ID, "person-") || first.Name != "Test User" || first.Email == "" || !first.CanCreate {
		t.Errorf("signed in as %+v", first)
	}
	status, made := b.post("/v1/meetings", `{"title":"Mine"}`)
	if status != http.StatusCreated {
		t.Errorf("a person can't make a meeting: %d %s", status, made)
	}

	t.Run("another browser is the same person, after the provider has changed its keys", func(t *testing.T) {
		p.tell("rotate", nil)
		other := newBrowser(t, node)
		other.visit(other.signIn("/"), node+"/")
		if m := other.me(); m.ID != first.ID {
			t.Errorf("signed in as %+v", m)
		}
	})
	t.Run("an answer is good for the browser that asked, once", func(t *testing.T) {
		victim, attacker := newBrowser(t, node), newBrowser(t, node)
		theirs := attacker.signIn("/")
		for _, b := range []*browser{victim, newBrowser(t, node)} {
			if at, _ := b.visit(theirs, "sign-in="); !strings.HasSuffix(at, "/?sign-in=failed") {
				t.Errorf("came to %s", at)
			}
			if m := b.me(); m.ID != "" {
				t.Errorf("signed in as %+v", m)
			}
		}
		attacker.visit(theirs, node+"/")
		if at, _ := attacker.visit(theirs, "sign-in="); !strings.HasSuffix(at, "/?sign-in=failed") {
			t.Errorf("again: came to %s", at)
		}
	})
	t.Run("nobody is sent elsewhere", func(t *testing.T) {
		for _, back := range []string{"//evil.example.com", "https://evil.example.com", `/\evil.example.com`, "evil", "/%09/evil"} {
			res, err := b.Get(node + "/v1/sign-in?return=" + url.QueryEscape(strings.ReplaceAll(back, "%09", "\t")))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s: %s", back, res.Status)
			}
		}
	})
	t.Run("signing out ends it here and at the provider", func(t *testing.T) {
		b.visit(b.signIn("/"), node+"/") // anew, for the provider has forgotten the key that signed what it issued before
		status, answer := b.post("/v1/sign-out", "")
		var out struct{ Next string }
		if err := json.Unmarshal([]byte(answer), &out); status != http.StatusOK || err != nil || !strings.HasPrefix(out.Next, p.issuer) {
			t.Fatalf("%d %s", status, answer)
		}
		if m := b.me(); m.ID != "" {
			t.Errorf("still %+v", m)
		}
		if at, page := b.visit(out.Next, node+"/"); at != node+"/" {
			t.Errorf("the provider did not send the browser back: %.40s… %s", at, page)
		}
	})
}

// TestGuestsMeetingsBecomeThePersons: on a node that was open, and on which people sign in by now.
func TestGuestsMeetingsBecomeThePersons(t *testing.T) {
	p := startProvider(t)
	config := server.Config{DataDir: t.TempDir()}
	open := servertest.Start(t, config)
	b := newBrowser(t, open.URL())
	status, made := b.post("/v1/meetings", `{"title":"Mine"}`)
	if status != http.StatusCreated {
		t.Fatal(status, made)
	}
	guest := b.me()
	open.Stop()

	config.Addr = open.Addr
	config.OIDC = server.OIDC{Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret}
	node := servertest.Start(t, config).URL()
	p.tell("node", url.Values{"address": {node}})
	if m := b.me(); m.ID != guest.ID || !m.Guest {
		t.Fatalf("the guest %+v is now %+v", guest, m)
	}
	mine := func(b *browser) (titles []string) {
		t.Helper()
		res, err := b.Get(node + "/v1/meetings")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var list struct{ Meetings []struct{ Title string } }
		if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Meetings {
			titles = append(titles, m.Title)
		}
		return titles
	}
	other := newBrowser(t, node)
	other.visit(other.signIn("/"), node+"/")
	if titles := mine(other); len(titles) != 0 {
		t.Errorf("in a browser that was no guest's: %q", titles)
	}
	b.visit(b.signIn("/"), node+"/")
	for _, browser := range []*browser{b, other} {
		if titles := mine(browser); len(titles) != 1 || titles[0] != "Mine" {
			t.Errorf("the person has %q", titles)
		}
	}
}

// TestProviderThatIsNotThere: the node runs, and says what is wrong when somebody signs in.
func TestProviderThatIsNotThere(t *testing.T) {
	n := servertest.Start(t, server.Config{OIDC: server.OIDC{Issuer: "http://127.0.0.1:9", ClientID: "x"}})
	b := newBrowser(t, n.URL())
	res, err := b.Get(n.URL() + "/v1/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var problem struct{ Code string }
	if err := json.NewDecoder(res.Body).Decode(&problem); err != nil || res.StatusCode != http.StatusBadGateway || problem.Code != "sign-in-failed" {
		t.Errorf("%s %+v %v", res.Status, problem, err)
	}
}

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

// TestSessionsFollowTheProvider: with time, a session is good for as long as the provider renews it, by refresh tokens that are good for
// one use each.
func TestSessionsFollowTheProvider(t *testing.T) {
	p := startProvider(t)
	db, err := store.OpenSQLite(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	provider, err := signin.NewProvider(signin.ProviderConfig{Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret})
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	c := &clock{now: time.Now()}
	s := signin.New(signin.Config{Store: db, Provider: provider, Now: c.Now})
	node := httptest.NewServer(site(t, s))
	defer node.Close()
	address := strings.Replace(node.URL, "127.0.0.1", "localhost", 1)
	p.tell("node", url.Values{"address": {address}})

	b := newBrowser(t, address)
	b.visit(b.signIn("/"), address+"/")
	who := b.me().ID
	if who == "" {
		t.Fatal("not signed in")
	}
	refreshes := func(want string) {
		t.Helper()
		if got := p.tell("refreshes", nil); got != want {
			t.Errorf("%s refresh tokens were used, want %s", got, want)
		}
	}
	b.me()
	refreshes("0")
	for _, want := range []string{"1", "2"} { // the second time with the token that the first gave
		c.advance(16 * time.Minute)
		var asking sync.WaitGroup
		for range 8 {
			asking.Go(func() {
				if m := b.me(); m.ID != who {
					t.Errorf("now %+v", m)
				}
			})
		}
		asking.Wait()
		refreshes(want)
	}
	p.tell("shut-out", nil)
	if m := b.me(); m.ID != who {
		t.Errorf("asked too soon: %+v", m)
	}
	c.advance(16 * time.Minute)
	if m := b.me(); m.ID != "" {
		t.Errorf("shut out by the provider, and still %+v", m)
	}
}

// site answers as a node does, with another clock.
func site(t *testing.T, s *signin.Service) http.Handler {
	browserOf := func(r *http.Request) signin.Browser {
		return signin.Browser{Request: r, Base: &url.URL{Scheme: "http", Host: r.Host}}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/sign-in", func(w http.ResponseWriter, r *http.Request) {
		to, cookie, err := s.Begin(r.Context(), browserOf(r), r.FormValue("return"))
		if err != nil {
			t.Error(err)
			return
		}
		http.SetCookie(w, cookie)
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
	mux.HandleFunc("GET "+signin.CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		cookies, back, err := s.Finish(r.Context(), browserOf(r), r.URL.Query())
		if err != nil {
			t.Error(err)
		}
		for _, c := range cookies {
			http.SetCookie(w, c)
		}
		http.Redirect(w, r, back, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /v1/me", func(w http.ResponseWriter, r *http.Request) {
		p, _, err := s.Person(r.Context(), browserOf(r))
		if err != nil {
			t.Error(err)
		}
		if err := json.NewEncoder(w).Encode(me{ID: p.ID, Name: p.Name}); err != nil {
			t.Error(err)
		}
	})
	return mux
}
