package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/token"
)

func TestConfigErrorsSayWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		config Config
		says   string
	}{
		"certificate without key": {Config{TLSCert: "a.pem"}, "both"},
		"public URL without host": {Config{PublicURL: "meet.example.com"}, "https://meet.example.com"},
		"public URL with path":    {Config{PublicURL: "https://meet.example.com/x"}, "without a path"},
		"trusted origin":          {Config{TrustedOrigins: []string{"app.example.com"}}, "https://app.example.com"},
		"origin with path":        {Config{TrustedOrigins: []string{"https://app.example.com/x"}}, "https://app.example.com"},
		"short secret":            {Config{Keys: []token.Key{{ID: "a", Secret: "short"}}}, "openssl rand"},
		"key twice":               {Config{Keys: []token.Key{testKey, testKey}}, `"app"`},
		"negative limit":          {Config{MaxConnections: -1}, "negative"},
		"kept for an hour":        {Config{Retention: time.Hour}, "24h0m0s or more"},
		"no time to come back":    {Config{ResumeTime: time.Second}, "between 5s and 10m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(tt.config)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAddressErrorsSayWhatToDo(t *testing.T) {
	busy := start(t, Config{DisableUDP: true})
	for addr, says := range map[string]string{
		"8080":             "HOST:PORT",
		"localhost:no":     "not a port",
		"192.0.2.1:0":      "192.0.2.1",
		busy.addr:          "in use",
		"no.invalid.:8080": "no.invalid",
	} {
		s, err := New(Config{Addr: addr})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ListenAndServe(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", addr, err)
		}
	}
}

func TestOriginsAreWrittenAsBrowsersDo(t *testing.T) {
	got, err := Config{
		PublicURL:      "https://Meet.example.com:443/",
		TrustedOrigins: []string{"http://app.example.com:80", "http://localhost:5173", "*"},
	}.origins()
	want := []string{"https://meet.example.com", "http://app.example.com", "http://localhost:5173", "*"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}
