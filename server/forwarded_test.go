package server

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestForwardedAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, tt := range map[string]struct {
		remote  string
		headers []string
		want    string
	}{
		"no proxy":               {"192.0.2.1:1", nil, "192.0.2.1"},
		"nobody trusts it":       {"192.0.2.1:1", []string{"198.51.100.7"}, "192.0.2.1"},
		"a proxy":                {"10.1.2.3:1", []string{"198.51.100.7"}, "198.51.100.7"},
		"forged":                 {"10.1.2.3:1", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		"two proxies":            {"10.1.2.3:1", []string{"203.0.113.9, 198.51.100.7, 10.9.9.9"}, "198.51.100.7"},
		"two headers":            {"10.1.2.3:1", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		"proxy by mapped IPv4":   {"[::ffff:10.1.2.3]:1", []string{"198.51.100.7"}, "198.51.100.7"},
		"IPv6":                   {"[fd00::1]:1", []string{"2001:db8:1:2:3::4"}, "2001:db8:1:2::"},
		"not an address":         {"10.1.2.3:1", []string{"198.51.100.7, somewhere"}, "10.1.2.3"},
		"a proxy asks by itself": {"10.1.2.3:1", nil, "10.1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Server{config: Config{TrustedProxies: proxies}}
			r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{"X-Forwarded-For": tt.headers}}
			if got := s.address(r).String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
