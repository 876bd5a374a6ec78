package doctor

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

// Config says what to examine.
type Config struct {
	// Link is an invitation or the address of a node.
	Link string
	// Token is the join token to try; "": none.
	Token string
	// Mint makes a join token for a room and an identity; nil: there is no API key to make one with.
	Mint func(room, identity string) (string, error)
	// TLS says which certificates to trust; nil: those the system does.
	TLS *tls.Config
	// Found is called for each finding as soon as it is made; nil is not called.
	Found func(Finding)

	// now replaces the clock in tests, patience how long connecting by one transport may take.
	now      func() time.Time
	patience time.Duration
}

// Status tells how serious a finding is.
type Status string

// The statuses.
const (
	OK Status = "ok"
	// Warning: calls work, but not as well as they could.
	Warning Status = "warning"
	// Failed: something that a call needs does not work.
	Failed Status = "failed"
	// Skipped: it could not be checked, or need not be.
	Skipped Status = "skipped"
)

// Finding is the outcome of one check.
type Finding struct {
	// ID names the check. It stays the same over versions.
	ID     string `json:"id"`
	Status Status `json:"status"`
	// Summary says what was found, and Advice what to do about it; there is none when all is well.
	Summary string `json:"summary"`
	Advice  string `json:"advice,omitempty"`
	// Milliseconds is how long the check took.
	Milliseconds float64 `json:"milliseconds"`
}

// Report is the outcome of an examination. It holds no secret.
type Report struct {
	Node     string    `json:"node"`
	Room     string    `json:"room,omitempty"`
	Healthy  bool      `json:"healthy"`
	Findings []Finding `json:"findings"`
}

// check is one of the steps.
type check struct {
	id string
	// needs are checks without which this one can tell nothing.
	needs []string
	run   func(ctx context.Context, p *patient) Finding
}

// checks are made in this order.
var checks = []check{
	{"link", nil, checkLink},
	{"dns", []string{"link"}, checkDNS},
	{"tcp", []string{"dns"}, checkTCP},
	{"certificate", []string{"tcp"}, checkCertificate},
	{"node", []string{"tcp"}, checkNode},
	{"clock", []string{"node"}, checkClock},
	{"websocket", []string{"node"}, checkWebSocket},
	{"webtransport", []string{"node"}, checkWebTransport},
	{"mtu", []string{"webtransport"}, checkMTU},
	{"token", []string{"node"}, checkToken},
	{"join", []string{"node"}, checkJoin},
	{"round-trip", []string{"node"}, checkRoundTrip},
	{"loss", []string{"join"}, checkLoss},
}

// checkTimeout bounds each check.
const checkTimeout = 30 * time.Second

// patient is what is known so far.
type patient struct {
	config Config
	// From the link.
	base, host, port, room string
	secure                 bool
	// tls is what connections are made with. After a finding against the certificate it trusts every one, so that the rest can
	// be examined; nothing secret is sent then.
	tls       *tls.Config
	untrusted bool
	// addresses are those of the host, with the port; those that answered come first after the check of TCP.
	addresses []string
	// info, date and asked are what the node answered, the time it named, and when that was here.
	info        *wire.ConnectInfo
	date, asked time.Time
	// works are the transports that do.
	works []transport.Kind
	// paths are what was measured through the node; nil before joining.
	paths []path
	http  *http.Transport
}

// Examine makes all checks. It always returns a report; ctx ends it early, and then what is not known is skipped and the report
// not healthy.
func Examine(ctx context.Context, c Config) *Report {
	if c.TLS == nil {
		c.TLS = &tls.Config{}
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.patience == 0 {
		c.patience = connectTimeout
	}
	p := &patient{config: c, tls: c.TLS.Clone()}
	p.http = &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		DialContext:     (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig: p.tls,
	}
	defer p.http.CloseIdleConnections()
	report := &Report{Healthy: true}
	for _, check := range checks {
		f := p.examine(ctx, check, report.Findings)
		f.ID = check.id
		report.Findings = append(report.Findings, f)
		report.Healthy = report.Healthy && f.Status != Failed
		if c.Found != nil {
			c.Found(f)
		}
	}
	report.Node, report.Room = p.base, p.room
	report.Healthy = report.Healthy && ctx.Err() == nil
	return report
}

func (p *patient) examine(ctx context.Context, c check, before []Finding) Finding {
	for _, f := range before {
		if slices.Contains(c.needs, f.ID) && (f.Status == Failed || f.Status == Skipped) {
			return skipped("not examined, for that needs: " + f.ID)
		}
	}
	checking, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	start := time.Now()
	f := c.run(checking, p)
	f.Milliseconds = float64(time.Since(start).Microseconds()) / 1000
	if ctx.Err() != nil {
		return skipped("the examination was broken off")
	}
	return f
}

func ok(summary string) Finding      { return Finding{Status: OK, Summary: summary} }
func skipped(summary string) Finding { return Finding{Status: Skipped, Summary: summary} }
func warning(summary, advice string) Finding {
	return Finding{Status: Warning, Summary: summary, Advice: advice}
}
func failed(summary, advice string) Finding {
	return Finding{Status: Failed, Summary: summary, Advice: advice}
}
