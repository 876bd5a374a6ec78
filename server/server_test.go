package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/token"
)

func connectInfo(t *testing.T, body string) wire.ConnectInfo {
	t.Helper()
	var info wire.ConnectInfo
	if err := json.Unmarshal([]byte(body), &info); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return info
}

func TestOnePortServesPlainAndTLS(t *testing.T) {
	s := start(t, Config{})
	c := client(t)
	for _, scheme := range []string{"http", "https"} {
		res, body := get(t, c, scheme+"://"+s.addr+"/m/room-1")
		if res.StatusCode != 200 || !strings.Contains(body, "<title>Confab") {
			t.Errorf("%s: %d %.60q", scheme, res.StatusCode, body)
		}
		if scheme == "https" && res.ProtoMajor != 2 {
			t.Errorf("https: HTTP/%d", res.ProtoMajor)
		}
	}
}

// TestLocalhostIsEveryLoopbackAddress: a browser takes any address that localhost stands for.
func TestLocalhostIsEveryLoopbackAddress(t *testing.T) {
	s := start(t, Config{})
	_, port, _ := net.SplitHostPort(s.addr)
	ips, err := net.DefaultResolver.LookupHost(t.Context(), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	for _, ip := range ips {
		if res, _ := get(t, client(t), "http://"+net.JoinHostPort(ip, port)+"/healthz"); res.StatusCode != 200 {
			t.Errorf("%s: %d", ip, res.StatusCode)
		}
	}
}

func TestConnectDocumentUsesTheNameOfTheRequest(t *testing.T) {
	s := start(t, Config{})
	c := client(t)
	for _, tt := range []struct{ scheme, host, webSocket, webTransport string }{
		{"http", s.addr, "ws://" + s.addr + "/v1/rt", "https://" + s.addr + "/v1/rt"},
		{"https", s.addr, "wss://" + s.addr + "/v1/rt", "https://" + s.addr + "/v1/rt"},
		{"http", "my-phone.local:8080", "ws://my-phone.local:8080/v1/rt", "https://my-phone.local:8080/v1/rt"},
		{"http", "[fd00::1]:8080", "ws://[fd00::1]:8080/v1/rt", "https://[fd00::1]:8080/v1/rt"},
		{"http", "plain.example", "ws://plain.example/v1/rt", "https://plain.example:80/v1/rt"},
	} {
		res, body := get(t, c, tt.scheme+"://"+s.addr+"/v1/connect", "Host", tt.host)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/json" || res.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
		info := connectInfo(t, body)
		if info.WebSocket.URL != tt.webSocket || info.WebTransport == nil || info.WebTransport.URL != tt.webTransport || !info.Open {
			t.Errorf("%s://%s: %s", tt.scheme, tt.host, body)
		}
	}
}

func TestConnectDocumentListsTheCertificateInUse(t *testing.T) {
	s := start(t, Config{})
	_, body := get(t, client(t), "http://"+s.addr+"/v1/connect")
	conn, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hash := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	hashes := connectInfo(t, body).WebTransport.CertificateHashes
	if len(hashes) != 2 || !bytes.Equal(hashes[0], hash[:]) {
		t.Errorf("in use %x, listed %x", hash, hashes)
	}
}

func TestConnectDocumentBehindAProxy(t *testing.T) {
	s := start(t, Config{PublicURL: "https://meet.example.com", Keys: []token.Key{testKey}})
	_, body := get(t, client(t), "http://"+s.addr+"/v1/connect", "Host", "internal:1")
	info := connectInfo(t, body)
	if info.WebSocket.URL != "wss://meet.example.com/v1/rt" || info.WebTransport.URL != "https://meet.example.com/v1/rt" || info.Open {
		t.Error(body)
	}
}

func TestConnectDocumentWithoutUDP(t *testing.T) {
	s := start(t, Config{DisableUDP: true})
	if _, body := get(t, client(t), "http://"+s.addr+"/v1/connect"); strings.Contains(body, "webtransport") {
		t.Error(body)
	}
}

func TestConnectDocumentIsForTrustedPages(t *testing.T) {
	s := start(t, Config{TrustedOrigins: []string{"https://app.example.com"}})
	url := "http://" + s.addr + "/v1/connect"
	res, _ := get(t, client(t), url, "Origin", "https://app.example.com")
	if res.StatusCode != 200 || res.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Errorf("trusted: %d %v", res.StatusCode, res.Header)
	}
	res, body := get(t, client(t), url, "Origin", "https://evil.example.com")
	if res.StatusCode != 403 || strings.Contains(body, "websocket") {
		t.Errorf("not trusted: %d %s", res.StatusCode, body)
	}
	if readable := res.Header.Get("Access-Control-Allow-Origin"); readable != "*" || !strings.Contains(body, "--trusted-origin") {
		t.Errorf("a page that is not trusted can't tell why: %q, readable by %q", body, readable)
	}
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	s := start(t, Config{})
	for _, path := range []string{"/", "/assets/app-Dk3j1f.js", "/nothing", "/v1/connect", "/healthz", "/metrics"} {
		res, _ := get(t, client(t), "http://"+s.addr+path)
		h := res.Header
		for name, want := range map[string]string{
			"Referrer-Policy":            "no-referrer",
			"X-Content-Type-Options":     "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if p := h.Get("Permissions-Policy"); !strings.Contains(p, "camera=(self)") || !strings.Contains(p, "geolocation=()") {
			t.Errorf("%s: Permissions-Policy %q", path, p)
		}
		policy := directives(h.Get("Content-Security-Policy"))
		for name, want := range map[string]string{
			"default-src":     "'none'",
			"script-src":      "'self'",
			"worker-src":      "'self'",
			"media-src":       "'self' blob:",
			"frame-ancestors": "'self'",
			"base-uri":        "'none'",
			"connect-src":     "'self' https://" + s.addr + " wss://" + s.addr + " ws://" + s.addr,
		} {
			if policy[name] != want {
				t.Errorf("%s: %s is %q, want %q", path, name, policy[name], want)
			}
		}
	}
}

func TestOtherSitesEmbedOnlyWhatIsMadeForThem(t *testing.T) {
	s := start(t, Config{TrustedOrigins: []string{"https://clinic.example.com"}})
	for path, want := range map[string]struct{ ancestors, resources string }{
		"/embed":            {"'self' https://clinic.example.com", ""},
		"/":                 {"'self'", ""},
		"/m/room-1":         {"'self'", ""},
		"/element/index.js": {"'self'", "cross-origin"},
	} {
		res, _ := get(t, client(t), "http://"+s.addr+path)
		if res.StatusCode != 200 {
			t.Errorf("%s: %s", path, res.Status)
		}
		if got := directives(res.Header.Get("Content-Security-Policy"))["frame-ancestors"]; got != want.ancestors {
			t.Errorf("%s may be framed by %q, want %q", path, got, want.ancestors)
		}
		if got := res.Header.Get("Cross-Origin-Resource-Policy"); got != want.resources {
			t.Errorf("%s may be loaded by %q, want %q", path, got, want.resources)
		}
	}
}

func directives(policy string) map[string]string {
	m := make(map[string]string)
	for d := range strings.SplitSeq(policy, "; ") {
		name, value, _ := strings.Cut(d, " ")
		m[name] = value
	}
	return m
}

func TestHostHeaderCannotExtendThePolicy(t *testing.T) {
	for _, host := range []string{"evil.example; script-src *", "evil.example script", "", strings.Repeat("a", 300)} {
		policy := contentSecurityPolicy(host, nil, nil)
		if directives(policy)["connect-src"] != "'self'" || strings.Contains(policy, "evil") {
			t.Errorf("%.40q: %s", host, policy)
		}
	}
}

func TestMetricsAreServed(t *testing.T) {
	s := start(t, Config{})
	if _, body := get(t, client(t), "http://"+s.addr+"/metrics"); !strings.Contains(body, "confab_connections 0") {
		t.Errorf("%.400s", body)
	}
}

func TestCertificateFilesServeTLSAndRedirectTheRest(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), &clock{time.Now()})
	s := start(t, Config{TLSCert: cert, TLSKey: key})
	c := client(t)
	if res, body := get(t, c, "https://"+s.addr+"/"); res.StatusCode != 200 || !strings.Contains(body, "Confab") {
		t.Errorf("https: %d", res.StatusCode)
	}
	res, _ := get(t, c, "http://"+s.addr+"/m/room?x=1")
	if want := "https://" + s.addr + "/m/room?x=1"; res.StatusCode != 308 || res.Header.Get("Location") != want {
		t.Errorf("http: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := get(t, c, "http://"+s.addr+"/readyz"); res.StatusCode != 200 {
		t.Errorf("readyz: %d", res.StatusCode)
	}
	_, body := get(t, c, "https://"+s.addr+"/v1/connect")
	if info := connectInfo(t, body); info.WebTransport == nil || info.WebTransport.CertificateHashes != nil {
		t.Errorf("hashes with a certificate from files: %s", body)
	}
}

func TestHandlerWorksInAnotherServer(t *testing.T) {
	s, err := New(Config{Site: testSite()})
	if err != nil {
		t.Fatal(err)
	}
	host := httptest.NewServer(s.Handler())
	defer host.Close()
	c := client(t)
	if res, body := get(t, c, host.URL+"/"); res.StatusCode != 200 || !strings.Contains(body, "Confab") {
		t.Errorf("site: %d", res.StatusCode)
	}
	if res, _ := get(t, c, host.URL+"/readyz"); res.StatusCode != 200 {
		t.Errorf("readyz: %d", res.StatusCode)
	}
	_, body := get(t, c, host.URL+"/v1/connect")
	own, err := url.Parse(host.URL)
	if err != nil {
		t.Fatal(err)
	}
	if info := connectInfo(t, body); info.WebTransport != nil || info.WebSocket.URL != "ws://"+own.Host+"/v1/rt" {
		t.Error(body)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if res, _ := get(t, c, host.URL+"/readyz"); res.StatusCode != 503 {
		t.Errorf("readyz after Shutdown: %d", res.StatusCode)
	}
}

func TestShutdown(t *testing.T) {
	s := start(t, Config{})
	if res, _ := get(t, client(t), "http://"+s.addr+"/readyz"); res.StatusCode != 200 {
		t.Errorf("readyz while serving: %d", res.StatusCode)
	}
	if err := s.stop(); err != nil {
		t.Errorf("after its context ended: %v", err)
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		conn.Close()
		t.Error("the port is still open")
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("readyz afterwards: %d", w.Code)
	}
}

func TestListenAndServeEndsWithShutdown(t *testing.T) {
	listening := make(chan struct{})
	s, err := New(Config{Addr: "localhost:0", Site: testSite(), OnListen: func(Listening) { close(listening) }})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.ListenAndServe(context.Background()) }()
	<-listening
	if err := s.ListenAndServe(context.Background()); !errors.Is(err, ErrListening) {
		t.Errorf("called again: %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("ended with %v", err)
	}
}

func TestListenAndServeAfterShutdown(t *testing.T) {
	s, err := New(Config{Addr: "localhost:0", Site: testSite()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.ListenAndServe(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestSlowRequestIsCutOff: a client that begins a request and does not go on holds its connection for seconds only.
func TestSlowRequestIsCutOff(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		conn := dialHTTP(t)
		since := time.Now()
		if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: node\r\n")); err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(conn); err != nil || len(body) > 0 {
			t.Errorf("read %q, %v", body, err)
		}
		if d := time.Since(since); d != readHeaderTimeout {
			t.Errorf("cut off after %v", d)
		}
	})
}

func TestLongHeaderIsRefused(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		conn := dialHTTP(t)
		go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: node\r\nX-Long: "+strings.Repeat("x", 2*maxHeaderBytes))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d", res.StatusCode)
		}
		io.Copy(io.Discard, conn) // the server lingers before it closes
	})
}

// dialHTTP connects, in memory, to the HTTP server of a node.
func dialHTTP(t *testing.T) net.Conn {
	t.Helper()
	s := admitServerWith(t, Config{Site: testSite()})
	inner, split, _ := splitPipes(t, 10)
	h := s.newHTTPServer()
	go h.Serve(split)
	conn := inner.dial()
	t.Cleanup(func() {
		conn.Close()
		h.Close()
	})
	return conn
}
