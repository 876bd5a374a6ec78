package server

import (
	"net/http"
	"net/url"
	"strings"
)

// permissions are what the site's own pages may ask the browser for; everything else that exists is refused.
const permissions = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), " +
	"screen-wake-lock=(self), picture-in-picture=(self), speaker-selection=(self), geolocation=(), payment=(), usb=(), " +
	"serial=(), hid=(), midi=()"

// secureHeaders sets on every answer what a browser must keep to, workers' scripts included: a worker obeys the
// policy that came with its own script. The page for frames may be inside pages of the trusted origins, all others only inside
// the site's own; and what is made for other sites' pages may be loaded by them.
func secureHeaders(connectable func() []string, trusted []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		var ancestors []string
		if r.URL.Path == embedPath {
			ancestors = trusted
		}
		if strings.HasPrefix(r.URL.Path, elementFiles) {
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		h.Set("Content-Security-Policy", contentSecurityPolicy(r.Host, connectable(), ancestors))
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func contentSecurityPolicy(host string, connectable, ancestors []string) string {
	connect := []string{"connect-src 'self'"}
	// Named besides 'self', which in older browsers does not cover another scheme of the same host.
	if plausibleHost(host) {
		connect = append(connect, "https://"+host, "wss://"+host, "ws://"+host)
	}
	for _, address := range connectable {
		u, err := url.Parse(address)
		if err != nil || !plausibleHost(u.Host) {
			continue
		}
		connect = append(connect, "https://"+u.Host, "wss://"+u.Host)
		if u.Scheme == "http" {
			connect = append(connect, "http://"+u.Host, "ws://"+u.Host)
		}
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"worker-src 'self'",
		"style-src 'self'",
		"img-src 'self' blob: data:",
		"media-src 'self' blob:",
		"font-src 'self'",
		"manifest-src 'self'",
		strings.Join(connect, " "),
		"base-uri 'none'",
		"form-action 'self'",
		strings.Join(append([]string{"frame-ancestors 'self'"}, ancestors...), " "),
	}, "; ")
}

// plausibleHost reports whether a Host header can go into an answer as it is: a name or address, and a port.
func plausibleHost(host string) bool {
	if host == "" || len(host) > 262 { // the longest name (RFC 1035 §2.3.4), brackets, and a port
		return false
	}
	return strings.IndexFunc(host, func(c rune) bool {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune(".-_:[]", c):
			return false
		}
		return true
	}) < 0
}
