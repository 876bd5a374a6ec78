package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
)

// TestIDsAreStable: programs look for them.
func TestIDsAreStable(t *testing.T) {
	var ids []string
	for _, c := range checks {
		for _, need := range c.needs {
			if !slices.Contains(ids, need) {
				t.Errorf("%s needs %s, which comes later", c.id, need)
			}
		}
		ids = append(ids, c.id)
	}
	want := []string{"link", "dns", "tcp", "certificate", "node", "clock", "websocket", "webtransport", "mtu", "token", "join", "round-trip", "loss"}
	if !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}

func TestHealthyNode(t *testing.T) {
	t.Parallel()
	const fragment = "#e1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	findings, r := examine(t, Config{Link: servertest.Start(t, server.Config{Addr: "127.0.0.1:0"}).URL() + "/m/room-1" + fragment})
	if !r.Healthy || r.Room != "room-1" {
		t.Errorf("%+v", r)
	}
	for id, says := range map[string]string{
		"link": "room-1, with its secret", "dns": "nothing to look up", "tcp": "answers", "certificate": "plain HTTP", "node": "guests",
		"clock": "agree", "websocket": "connects", "webtransport": "connects", "mtu": "bytes fit", "token": "no token", "join": "heard",
	} {
		want(t, findings, id, OK, says)
	}
	wantRoundTrip(t, findings, "to the node and back")
	if f := findings["loss"]; f.Status != OK && f.Status != Warning {
		t.Errorf("loss: %+v", f)
	}
}

func TestLinks(t *testing.T) {
	for link, tt := range map[string]struct {
		status Status
		says   string
	}{
		"meet.example.com":                {Failed, "not a web address"},
		"ftp://meet.example.com":          {Failed, "not a web address"},
		"http://127.0.0.1:1/m/":           {Failed, "room id"},
		"http://127.0.0.1:1/m/a#e1.short": {Failed, "whole link"},
		"http://127.0.0.1:1/m/a":          {Warning, "without its secret"},
		"http://127.0.0.1:1":              {OK, "address of a node"},
		"http://127.0.0.1:1/below":        {OK, "address of a node"},
	} {
		findings, r := examine(t, Config{Link: link})
		want(t, findings, "link", tt.status, tt.says)
		if tt.status != Failed {
			want(t, findings, "tcp", Failed, "confab serve")
		}
		want(t, findings, "loss", Skipped, "join")
		if r.Healthy {
			t.Errorf("%s: healthy", link)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		err  error
		says string
	}{
		{&net.DNSError{Err: "no such host", IsNotFound: true}, "spelling"},
		{&net.DNSError{Err: "server misbehaving", IsTimeout: true}, "name server"},
		{errors.New("no network"), "name server"},
	} {
		want(t, map[string]Finding{"dns": unresolved("meet.example.com", tt.err)}, "dns", Failed, tt.says)
	}
}

func TestPartOfTheAddressesAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := &patient{host: "meet.example.com", addresses: []string{"127.0.0.1:1", listener.Addr().String()}}
	want(t, map[string]Finding{"tcp": checkTCP(t.Context(), p)}, "tcp", Warning, "127.0.0.1:1 does not")
	if p.addresses[0] != listener.Addr().String() {
		t.Errorf("the address that answers is not the first: %v", p.addresses)
	}
}

func TestCertificates(t *testing.T) {
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		subject  string
		from, to time.Duration
		trusted  bool
		host     string
		status   Status
		says     string
	}{
		"good":         {"x", -day, 90 * day, true, "", OK, "valid for"},
		"ends soon":    {"x", -day, 3 * day, true, "", Warning, "Renew it"},
		"ended":        {"x", -9 * day, -2*day - time.Hour, true, "", Failed, "ended 2 days ago"},
		"begins later": {"x", day, 9 * day, true, "", Failed, "clock"},
		"other name":   {"x", -day, 90 * day, true, "localhost", Failed, "not for localhost"},
		"unknown":      {"x", -day, 90 * day, false, "", Failed, "Serve the whole chain"},
		"development":  {developmentName, -day, 9 * day, false, "", Warning, "--tls-cert"},
	} {
		t.Run(name, func(t *testing.T) {
			cert := certificate(t, tt.subject, tt.from, tt.to)
			trust := &tls.Config{RootCAs: x509.NewCertPool()}
			if tt.trusted {
				trust.RootCAs.AddCert(cert.Leaf)
			}
			link := startWeb(t, &cert, answer(`{"websocket":{"url":"wss://HOST/v1/rt"},"open":false}`))
			if tt.host != "" {
				_, port, err := net.SplitHostPort(link[len("https://"):])
				if err != nil {
					t.Fatal(err)
				}
				link = "https://" + net.JoinHostPort(tt.host, port)
			}
			signed := sign(t, nil)
			findings, _ := examine(t, Config{Link: link, TLS: trust, Token: signed})
			want(t, findings, "certificate", tt.status, tt.says)
			want(t, findings, "node", OK, "asks for join tokens")
			// It would be asked whether it accepts the token, if there were a connection.
			says := "can't be asked"
			if tt.status == Failed || !tt.trusted {
				says = "not shown"
			}
			want(t, findings, "token", Skipped, says)
			want(t, findings, "websocket", Failed, "Upgrade")
		})
	}
}

func TestNoTLS(t *testing.T) {
	web := startWeb(t, nil, http.NotFound)
	findings, _ := examine(t, Config{Link: "https" + web[len("http"):]})
	want(t, findings, "certificate", Failed, "no TLS handshake")
	want(t, findings, "node", Failed, "no answer")
}

func TestPlainHTTPToAnotherMachine(t *testing.T) {
	p := &patient{host: "192.0.2.7"}
	want(t, map[string]Finding{"certificate": checkCertificate(t.Context(), p)}, "certificate", Warning, "camera")
}

func TestNotANode(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		status  Status
		says    string
	}{
		"404":        {http.NotFound, Failed, "another program"},
		"page":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, Failed, "another program"},
		"other JSON": {answer(`{"hello":"world"}`), Failed, "another program"},
		"broken":     {answer(`{"websocket":`), Failed, "another program"},
		"elsewhere":  {answer(`{"websocket":{"url":"ws://internal:8080/v1/rt"}}`), Warning, "--public-url"},
		"nowhere":    {answer(`{"websocket":{"url":"/v1/rt"}}`), Failed, "--public-url"},
	} {
		findings, _ := examine(t, Config{Link: startWeb(t, nil, tt.handler), patience: time.Second})
		want(t, findings, "node", tt.status, tt.says)
		t.Log(name)
	}
}

// TestProxyThatHidesTLS: the node behind it believes that pages come over plain HTTP.
func TestProxyThatHidesTLS(t *testing.T) {
	cert := certificate(t, "x", -time.Hour, 90*24*time.Hour)
	trust := &tls.Config{RootCAs: x509.NewCertPool()}
	trust.RootCAs.AddCert(cert.Leaf)
	findings, _ := examine(t, Config{Link: startWeb(t, &cert, answer(`{"websocket":{"url":"ws://HOST/v1/rt"}}`)), TLS: trust})
	want(t, findings, "node", Failed, "--public-url")
}

func TestWithoutUDP(t *testing.T) {
	t.Parallel()
	findings, r := examine(t, Config{Link: servertest.Start(t, server.Config{DisableUDP: true}).URL()})
	want(t, findings, "webtransport", Warning, "--no-udp")
	want(t, findings, "mtu", Skipped, "UDP")
	want(t, findings, "join", OK, "by websocket")
	if !r.Healthy {
		t.Errorf("a node without UDP is reported as broken: %+v", r)
	}
}

// TestUDPBlocked: the node says that it takes WebTransport, and nothing answers there.
func TestUDPBlocked(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	link := startWeb(t, nil, answer(`{"websocket":{"url":"ws://HOST/v1/rt"},"webtransport":{"url":"https://`+silent.LocalAddr().String()+`/v1/rt"},"open":true}`))
	findings, _ := examine(t, Config{Link: link, patience: 200 * time.Millisecond})
	_, port, err := net.SplitHostPort(silent.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	want(t, findings, "webtransport", Warning, "UDP port "+port)
	want(t, findings, "websocket", Failed, "Upgrade")
	want(t, findings, "join", Skipped, "no connection")
	wantRoundTrip(t, findings, "a request is answered")
}

func TestClock(t *testing.T) {
	for off, tt := range map[time.Duration]struct {
		status Status
		says   string
	}{
		0:                {OK, "agree"},
		time.Hour:        {Warning, "60 minutes ahead"},
		-5 * time.Minute: {Warning, "5 minutes behind"},
		24 * time.Hour:   {Failed, "24 hours ahead"},
	} {
		date := time.Now()
		p := &patient{date: date, asked: date.Add(off)}
		want(t, map[string]Finding{"clock": checkClock(t.Context(), p)}, "clock", tt.status, tt.says)
	}
	want(t, map[string]Finding{"clock": checkClock(t.Context(), &patient{})}, "clock", Skipped, "does not tell")
}

// TestBrokenOff: what is broken off says nothing about the node.
func TestBrokenOff(t *testing.T) {
	ctx, breakOff := context.WithCancel(t.Context())
	node := startWeb(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		breakOff()
		<-r.Context().Done()
	})
	r := Examine(ctx, Config{Link: node})
	for _, f := range r.Findings[4:] {
		if f.Status != Skipped || f.Advice != "" {
			t.Errorf("%+v", f)
		}
	}
	if r.Findings[4].ID != "node" || r.Findings[3].Status != OK || r.Healthy {
		t.Errorf("%+v", r)
	}
}
