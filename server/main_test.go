package server

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/meeting/store/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Main(m)) }

// testSite is a site as Vite builds one.
func testSite() fstest.MapFS {
	return fstest.MapFS{
		"index.html":             {Data: []byte("<!doctype html><title>Confab</title>" + strings.Repeat("<p>", 1000))},
		"embed.html":             {Data: []byte("<!doctype html><title>Frame</title>")},
		"element/index.js":       {Data: []byte("export{};")},
		"favicon.svg":            {Data: []byte("<svg/>")},
		"assets/app-Dk3j1f.js":   {Data: []byte(strings.Repeat("export{};", 1000))},
		"assets/app-Dk3j1f.css":  {Data: []byte("body{}")},
		"assets/call-a81b22.png": {Data: []byte(strings.Repeat("png", 1000))},
	}
}

// running is a Server on a port of this machine.
type running struct {
	*Server
	addr string // host:port
	stop func() error
}

// start runs a Server on localhost until the test ends, or stop is called.
func start(t *testing.T, c Config) *running {
	t.Helper()
	if c.Addr == "" {
		c.Addr = "localhost:0"
	}
	if c.Site == nil {
		c.Site = testSite()
	}
	listening := make(chan Listening, 1)
	c.OnListen = func(l Listening) { listening <- l }
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.ListenAndServe(ctx) }()
	r := &running{Server: s}
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	select {
	case l := <-listening:
		r.addr = l.Addr
	case err := <-ended:
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop() })
	return r
}

// client returns an HTTP client of its own that trusts every certificate and follows no redirect.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2:  true,
		DisableCompression: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get sends a request with the headers, given as name, value, …, and returns the response with its body.
func get(t *testing.T, c *http.Client, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}
