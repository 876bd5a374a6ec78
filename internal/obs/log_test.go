package obs_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/obs"
	"github.com/openconfab/confab/internal/wire/pb"
)

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"

// code is a text type of its own.
type code string

func TestLogsHoldNoSecret(t *testing.T) {
	secrets := []string{jwt, "s3cret-ticket", "s3cret-fragment"}
	for _, format := range []obs.Format{obs.Text, obs.JSON} {
		var out strings.Builder
		log, err := obs.NewLogger(&out, format, slog.LevelDebug)
		if err != nil {
			t.Fatal(err)
		}
		log.Info("refused "+jwt, "why", errors.New("token "+jwt+" is bad"))
		log.Info("hello", "msg2", &pb.Hello{Token: jwt, GuestSecret: []byte("s3cret-ticket")})
		log.Info("welcome", "resume_ticket", "s3cret-ticket", slog.Group("in", "ResumeTicket", "s3cret-ticket"))
		log.Info("bytes", "b", []byte("s3cret-ticket"), "wrapped", fmt.Errorf("x: %w", errors.New(jwt)))
		log.With("token", jwt).WithGroup("g").Debug("with", "Authorization", "Bearer "+jwt)
		log.Info("kinds", "source", pb.Source_SOURCE_CAMERA, "code", code("x "+jwt))
		log.Info("link", "url", "https://x.example/m/r#s3cret-fragment", "also", []string{"http://x/?t=s3cret-fragment"})
		for _, s := range secrets {
			if strings.Contains(out.String(), s) {
				t.Errorf("%s log holds %q:\n%s", format, s, out.String())
			}
		}
		for _, kept := range []string{"https://x.example/m/r", "is bad", "welcome", "pb.Hello", "SOURCE_CAMERA", "x [redacted]"} {
			if !strings.Contains(out.String(), kept) {
				t.Errorf("%s log lost %q:\n%s", format, kept, out.String())
			}
		}
	}
}

func TestLogLevelAndFormatErrors(t *testing.T) {
	if _, err := obs.NewLogger(nil, "xml", 0); err == nil || !strings.Contains(err.Error(), "json") {
		t.Errorf("format: %v", err)
	}
	if _, err := obs.ParseLevel("loud"); err == nil || !strings.Contains(err.Error(), "debug") {
		t.Errorf("level: %v", err)
	}
	if level, err := obs.ParseLevel("warn"); err != nil || level != slog.LevelWarn {
		t.Errorf("warn is %v, %v", level, err)
	}
}

func TestHealth(t *testing.T) {
	var h obs.Health
	get := func(f http.HandlerFunc) int {
		w := httptest.NewRecorder()
		f(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Code
	}
	for _, ready := range []bool{false, true, false} {
		h.SetReady(ready)
		want := map[bool]int{true: 200, false: 503}[ready]
		if got := get(h.Ready); got != want {
			t.Errorf("ready %v: %d", ready, got)
		}
		if got := get(h.Live); got != 200 {
			t.Errorf("live: %d", got)
		}
	}
}
