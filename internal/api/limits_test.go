package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/ratelimit"
)

func few() ratelimit.Rate { return ratelimit.Rate{PerMinute: 6, Burst: 3} }

// flood asks until it is refused, and reports after how many answers; it has to be told to wait 10 seconds, and to be served then.
func flood(t *testing.T, n *node, ask func() answer) (answered int) {
	t.Helper()
	a := ask()
	for ; a.status != http.StatusTooManyRequests; a = ask() {
		if answered++; answered > 100 {
			t.Fatalf("no limit: %d %s", a.status, a.body)
		}
	}
	refused(t, a, http.StatusTooManyRequests, codeRateLimited)
	if after := a.header.Get("Retry-After"); after != "10" {
		t.Errorf("Retry-After: %q", after)
	}
	n.clock.advance(10 * time.Second)
	if a := ask(); a.status == http.StatusTooManyRequests {
		t.Errorf("after waiting: %s", a.body)
	}
	return answered
}

func TestFloods(t *testing.T) {
	t.Run("of an address", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Address = few() })
		b := n.browser()
		if answered := flood(t, n, func() answer { return b.do("GET", "/v1/me", "") }); answered != 3 {
			t.Errorf("%d answers", answered)
		}
		other := n.browser()
		other.from = "192.0.2.2:1"
		get[Me](other, other.do("GET", "/v1/me", ""), 200)
	})
	t.Run("of an API key from many addresses", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Key = few() })
		b, port := n.backEnd(clinic), 0
		answered := flood(t, n, func() answer {
			port++
			b.from = fmt.Sprintf("198.51.100.%d:1", port)
			return b.do("GET", "/v1/meetings", "")
		})
		if answered != 3 {
			t.Errorf("%d answers", answered)
		}
		s := n.backEnd(school)
		get[MeetingPage](s, s.do("GET", "/v1/meetings", ""), 200)
	})
	t.Run("of a person", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Person = few() })
		b := n.browser()
		get[Meeting](b, b.do("POST", "/v1/meetings", "{}"), 201)
		if answered := flood(t, n, func() answer { return b.do("GET", "/v1/meetings", "") }); answered != 3 {
			t.Errorf("%d answers", answered)
		}
	})
	t.Run("of guesses", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Guess = few() })
		b, i := n.browser(), 0
		answered := flood(t, n, func() answer {
			i++
			return b.do("POST", "/v1/meetings/guess-"+strconv.Itoa(i)+"/join", "")
		})
		if answered != 3 {
			t.Errorf("%d answers", answered)
		}
		if b.cookie != nil {
			t.Error("guessing made a guest")
		}
	})
	t.Run("of wrong API keys", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Guess = few() })
		b := n.browser()
		if answered := flood(t, n, func() answer { return b.do("GET", "/v1/meetings", "", "Authorization", "Bearer clinic:guess") }); answered != 3 {
			t.Errorf("%d answers", answered)
		}
	})
	t.Run("of new guests", func(t *testing.T) {
		n := newNode(t, func(c *Config) { c.Limits.Guests = few() })
		answered := flood(t, n, func() answer {
			b := n.browser()
			return b.do("POST", "/v1/meetings", "{}")
		})
		if answered != 3 {
			t.Errorf("%d answers", answered)
		}
	})
}

// TestFloodOfEveryOperation: none answers an address more often than all do.
func TestFloodOfEveryOperation(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Limits.Address = few() })
	b, operations := n.backEnd(clinic), 0
	for path, item := range n.huma.OpenAPI().Paths {
		path = strings.NewReplacer("{id}", "room-1", "{session}", "s", "{identity}", "ann", "{token}", "jti").Replace(path)
		for method, operation := range map[string]*huma.Operation{
			"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
		} {
			if operation == nil {
				continue
			}
			operations++
			n.clock.advance(time.Minute)
			if answered := flood(t, n, func() answer { return b.do(method, path, "{}") }); answered != 3 {
				t.Errorf("%s: %d answers", operation.OperationID, answered)
			}
		}
	}
	if operations < 25 {
		t.Errorf("only %d operations were tried", operations)
	}
}

// TestOversizeOfEveryOperation: whatever takes a body takes none that is too large, and reads none to its end.
func TestOversizeOfEveryOperation(t *testing.T) {
	n := newNode(t, nil)
	b := n.backEnd(clinic)
	body := `{"title":"` + strings.Repeat("a", maxBody) + `"}`
	sent := 0
	for path, item := range n.huma.OpenAPI().Paths {
		path = strings.NewReplacer("{id}", "room-1", "{session}", "s", "{identity}", "ann", "{token}", "jti").Replace(path)
		for method, has := range map[string]bool{
			"POST":  item.Post != nil && item.Post.RequestBody != nil,
			"PUT":   item.Put != nil && item.Put.RequestBody != nil,
			"PATCH": item.Patch != nil && item.Patch.RequestBody != nil,
		} {
			if !has {
				continue
			}
			sent++
			refused(t, b.do(method, path, body), http.StatusRequestEntityTooLarge, codeTooLarge)
			refused(t, b.do(method, path, `{"title":`), http.StatusBadRequest, codeBadRequest)
			refused(t, b.do(method, path, `{"no-such-thing":1}`), http.StatusUnprocessableEntity, codeInvalid)
		}
	}
	if sent < 5 {
		t.Errorf("only %d operations were tried", sent)
	}
	refused(t, b.do("POST", "/v1/meetings", `{"title":"`+strings.Repeat("a", 1000)+`"}`), http.StatusUnprocessableEntity, codeInvalid)
	refused(t, b.do("GET", "/v1/meetings?limit=201", ""), http.StatusUnprocessableEntity, codeInvalid)
	refused(t, b.do("GET", "/v1/meetings?cursor=x", ""), http.StatusUnprocessableEntity, codeInvalid)
	refused(t, b.do("GET", "/v1/meetings?no=1", ""), http.StatusUnprocessableEntity, codeInvalid)
}
