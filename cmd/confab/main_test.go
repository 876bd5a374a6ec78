package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secretA = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
	secretB = "eeeeeeeeeeffffffffffgggggggggghhhhhhhhhh"
)

func confab(args ...string) (stdout, stderr string, err error) {
	var out, errs bytes.Buffer
	err = run(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), err
}

func TestTokenCommand(t *testing.T) {
	t.Setenv(keysVariable, "a:"+secretA+", b:"+secretB)
	out, _, err := confab("token", "--key", "b", "--room", "r1", "--identity", "ann", "--ttl", "10m",
		"--publish", "microphone,screen", "--no-data", "--admin")
	if err != nil {
		t.Fatal(err)
	}
	c, err := token.Verify(strings.TrimSpace(out), func(id string) (token.Key, bool) {
		return token.Key{ID: id, Secret: secretB}, id == "b"
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	g := c.Grants
	if c.Room != "r1" || c.Identity != "ann" || !g.Join || !g.Subscribe || g.Data || !g.Admin || g.Hidden ||
		len(g.Publish) != 2 || g.Publish[0] != token.Microphone || g.Publish[1] != token.Screen {
		t.Errorf("claims %+v", c)
	}
	if left := time.Until(c.Expires); left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("expires in %v", left)
	}
}

func TestTokenCommandReadsAKeyFile(t *testing.T) {
	t.Setenv(keysVariable, "")
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("a:"+secretA+"\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := confab("token", "--key-file", file, "--room", "r1", "--identity", "ann")
	if err != nil || strings.Count(out, ".") != 2 {
		t.Errorf("%q, %v", out, err)
	}
}

// TestErrorsSayWhatToDo, and never show a secret.
func TestErrorsSayWhatToDo(t *testing.T) {
	room := []string{"token", "--room", "r1", "--identity", "ann"}
	for name, tt := range map[string]struct {
		keys string
		args []string
		says string
	}{
		"no key":             {"", room, "openssl rand"},
		"which key":          {"a:" + secretA + ",b:" + secretB, room, "--key"},
		"another key":        {"a:" + secretA, append(room, "--key", "c"), `"c"`},
		"no colon":           {secretA, room, "id:secret"},
		"short secret":       {"a:s3cret", room, "at least 32"},
		"unknown source":     {"a:" + secretA, append(room, "--publish", "desk"), "desk"},
		"bad room":           {"a:" + secretA, []string{"token", "--room", "a b", "--identity", "ann"}, "room"},
		"no room":            {"a:" + secretA, []string{"token", "--identity", "ann"}, "--room"},
		"no time":            {"a:" + secretA, append(room, "--ttl", "-1s"), "--ttl"},
		"missing key file":   {"", append(room, "--key-file", "/none"), "/none"},
		"unknown command":    {"", []string{"sreve"}, "--help"},
		"log level":          {"", []string{"serve", "--log-level", "loud"}, "debug"},
		"half a pair":        {"", []string{"serve", "--tls-cert", "a.pem"}, "both"},
		"no server":          {"", []string{"bench", "webinar"}, "--server"},
		"no workload":        {"", []string{"bench", "--server", "http://localhost:1"}, "workload"},
		"unknown workload":   {"", []string{"bench", "webinars", "--server", "http://localhost:1"}, "webinar, fanout"},
		"unknown key":        {"", []string{"bench", "webinar", "--server", "http://localhost:1", "--key", "c"}, "openssl rand"},
		"no link":            {"", []string{"doctor"}, "link"},
		"unhealthy":          {"", []string{"doctor", "meet.example.com"}, "said above"},
		"nothing to publish": {"", []string{"publish", "https://h/m/r"}, "--test-pattern"},
		"nothing there":      {"", []string{"publish", "--input", "/no/such/file.mp4", "https://h/m/r"}, "no such file"},
		"no folder to fill":  {"", []string{"record", "--out", "main.go", "https://h/m/r"}, "not a directory"},
		"no node":            {"", []string{"nodes", "--server", "meet.example.com"}, "https://meet.example.com"},
		"unknown backbone":   {"", []string{"serve", "--backbone", "redis://user:s3cret@h"}, "nats://, tls://, iggy://"},
		"two things":         {"", []string{"publish", "--test-pattern", "--input", "a", "https://h/m/r"}, "either"},
		"no room to publish": {"", []string{"publish", "--test-pattern"}, "link"},
		"codec":              {"", []string{"publish", "--video-codec", "av1", "https://h/m/r"}, "vp9"},
		"no secret":          {"", []string{"record", "https://h/m/r"}, "whole invitation link"},
		"format":             {"", []string{"record", "--format", "avi", "https://h/m/r"}, "webm"},
		"empty key file":     {"", []string{"serve", "--key-file", os.DevNull}, "leave out --key-file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(keysVariable, tt.keys)
			out, errs, err := confab(tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v", err)
			}
			for _, secret := range []string{secretA, secretB, "s3cret"} {
				if strings.Contains(out+errs+err.Error(), secret) {
					t.Errorf("a secret shows: %s %s %v", out, errs, err)
				}
			}
		})
	}
}

// TestWithoutFFmpeg: the commands that need it say how to get it.
func TestWithoutFFmpeg(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, args := range [][]string{
		{"publish", "--test-pattern", "https://h/m/r"},
		{"record", "--format", "mp4", "https://h/m/r"},
		{"record", "--mixed", "https://h/m/r"},
	} {
		if _, _, err := confab(args...); !errors.Is(err, ffmpeg.ErrMissing) || !strings.Contains(err.Error(), "install ffmpeg") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	if out, _, err := confab("version"); err != nil || !strings.HasPrefix(out, "confab ") {
		t.Errorf("version: %q, %v", out, err)
	}
	if out, _, err := confab("serve", "--help"); err != nil || !strings.Contains(out, "CONFAB_ADDR") {
		t.Errorf("help: %q, %v", out, err)
	}
}

// TestServe starts a node as a user would, finds it by what it prints, and stops it.
func TestServe(t *testing.T) {
	for name, tt := range map[string]struct {
		keys string
		open bool
	}{"open": {"", true}, "with keys": {"a:" + secretA, false}} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(keysVariable, tt.keys)
			t.Setenv("CONFAB_STATE_DIR", t.TempDir())
			ctx, cancel := context.WithCancel(context.Background())
			printed, out := io.Pipe()
			var log bytes.Buffer
			ended := make(chan error, 1)
			go func() {
				ended <- run(ctx, []string{"serve", "--addr", "localhost:0", "--drain", "1s"}, out, &log)
				out.Close()
			}()
			banner := readUntil(t, printed, "\n\n  Cert")
			rest := make(chan string, 1)
			go func() {
				text, _ := io.ReadAll(printed)
				rest <- string(text)
			}()
			url := regexp.MustCompile(`http://localhost:\d+`).FindString(banner)
			res, err := http.Get(url + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			if res.StatusCode != http.StatusOK {
				t.Errorf("readyz: %s", res.Status)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if got := strings.Contains(<-rest, "OPEN"); got != tt.open {
				t.Errorf("the banner says that the node is open: %v", got)
			}
			if got := strings.Contains(log.String(), "open=true"); got != tt.open {
				t.Errorf("log:\n%s", &log)
			}
			if strings.Contains(banner+log.String(), secretA) {
				t.Error("a secret shows")
			}
		})
	}
}

// TestDoctorCommand: what is wrong is on standard output, as text and as JSON.
func TestDoctorCommand(t *testing.T) {
	t.Setenv(keysVariable, "")
	out, _, err := confab("doctor", "http://127.0.0.1:1")
	if err == nil || !strings.Contains(out, "FAIL  tcp ") || !strings.Contains(out, "→ ") {
		t.Errorf("%v:\n%s", err, out)
	}
	out, _, err = confab("doctor", "--json", "http://127.0.0.1:1")
	var report struct {
		Healthy  bool
		Findings []struct{ ID, Status string }
	}
	if jsonErr := json.Unmarshal([]byte(out), &report); err == nil || jsonErr != nil || report.Healthy || len(report.Findings) < 10 {
		t.Errorf("%v, %v:\n%s", err, jsonErr, out)
	}
}

func readUntil(t *testing.T, r io.Reader, end string) string {
	t.Helper()
	var text []byte
	buf := make([]byte, 1)
	for !strings.Contains(string(text), end) {
		if _, err := r.Read(buf); err != nil {
			t.Fatalf("%v after %q", err, text)
		}
		text = append(text, buf...)
	}
	return string(text)
}
