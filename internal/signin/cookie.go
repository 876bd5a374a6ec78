package signin

import (
	"net/http"
	"time"
)

// Names of the cookies. Over HTTPS they get the prefix that keeps other hosts of the same domain from setting them (RFC 6265bis
// §4.1.3.2).
const (
	sessionCookie = "confab-session"
	flowCookie    = "confab-sign-in"
	hostPrefix    = "__Host-"
)

// cookie makes one for all paths of this host that no script can read. Lax lets it come along when a link or the provider
// leads here, which is needed, and with nothing else that another site does.
func cookie(name, value string, secure bool, life time.Duration) *http.Cookie {
	if secure {
		name = hostPrefix + name
	}
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

// cookieValue returns the value of a cookie that cookie made, or "".
func cookieValue(r *http.Request, name string, secure bool) string {
	if secure {
		name = hostPrefix + name
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
