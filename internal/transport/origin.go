package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// OriginAllowed reports whether a page that r comes from may connect: one of the node itself or on the allow-list, where
// "*" stands for every page. A request without Origin is not a browser's. Spec: wire.md §1.2.
func OriginAllowed(r *http.Request, allowed []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(allowed, "*") {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Path != "" {
		return false
	}
	if sameHost(u.Host, r.Host, u.Scheme) {
		return true
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		return strings.EqualFold(strings.TrimSuffix(a, "/"), origin)
	})
}

// sameHost compares host[:port], leaving out the port that is the scheme's own.
func sameHost(a, b, scheme string) bool {
	port := map[string]string{"https": ":443", "http": ":80"}[scheme]
	return strings.EqualFold(strings.TrimSuffix(a, port), strings.TrimSuffix(b, port))
}
