package api_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// openIDProvider is a process of the program in provider/.
type openIDProvider struct {
	issuer string
	t      *testing.T
}

// startProvider runs one until the test ends.
func startProvider(t *testing.T) *openIDProvider {
	t.Helper()
	program := filepath.Join(t.TempDir(), "provider")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./provider").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	process := exec.Command(program)
	stdin, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	})
	issuer, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &openIDProvider{issuer: strings.TrimSpace(issuer), t: t}
}

// Clients of the provider, which know this secret.
const (
	clientID     = "confab"
	clientSecret = "provider-secret"
)

// tell has the provider do something.
func (p *openIDProvider) tell(what string, values url.Values) string {
	p.t.Helper()
	res, err := http.PostForm(p.issuer+"test/"+what, values)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s %s %v", what, res.Status, body, err)
	}
	return string(body)
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	*http.Client

	node string
	t    *testing.T
}

func newBrowser(t *testing.T, node string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{node: node, t: t, Client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// visit gets a page, and goes on to where it leads until that is on the way no more: with stop, a part of an address.
func (b *browser) visit(address, stop string) (at string, page string) {
	b.t.Helper()
	for range 10 {
		res, err := b.Get(address)
		if err != nil {
			b.t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		next := res.Header.Get("Location")
		if next == "" {
			return address, string(body)
		}
		to, err := res.Request.URL.Parse(next)
		if err != nil {
			b.t.Fatal(err)
		}
		address = to.String()
		if stop != "" && strings.Contains(address, stop) {
			return address, ""
		}
	}
	b.t.Fatalf("no end of redirects at %s", address)
	return "", ""
}

var hiddenID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// signIn goes to the provider and back, up to the address at which the provider sends the browser back.
func (b *browser) signIn(back string) (callback string) {
	b.t.Helper()
	at, page := b.visit(b.node+"/v1/sign-in?return="+url.QueryEscape(back), "")
	id := hiddenID.FindStringSubmatch(page)
	if id == nil {
		b.t.Fatalf("no form at %s: %s", at, page)
	}
	form, err := url.Parse(at)
	if err != nil {
		b.t.Fatal(err)
	}
	form.RawQuery = ""
	res, err := b.PostForm(form.String(), url.Values{"id": {id[1]}, "username": {"test-user@localhost"}, "password": {"verysecure"}})
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	next, err := res.Request.URL.Parse(res.Header.Get("Location"))
	if err != nil || res.Header.Get("Location") == "" {
		b.t.Fatalf("%s, %v", res.Status, err)
	}
	callback, _ = b.visit(next.String(), "/v1/sign-in/callback")
	return callback
}
