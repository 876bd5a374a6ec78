package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/openconfab/confab/webhook"
)

var (
	now  = time.Unix(1_800_000_000, 0)
	body = []byte(`{"type":"room.started","timestamp":"2027-01-15T08:00:00Z","data":{"room":"r","meeting":true}}`)
)

func signed(t *testing.T, s webhook.Secret, at time.Time) http.Header {
	t.Helper()
	h := http.Header{}
	if err := s.Sign(h, "msg_1", at, body); err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSignedVerifies(t *testing.T) {
	secret := webhook.NewSecret()
	id, err := webhook.Verify(signed(t, secret, now), body, now, 0, webhook.NewSecret(), secret)
	if err != nil || id != "msg_1" {
		t.Errorf("id %q, %v", id, err)
	}
}

// TestVector: the example of the specification's "Verifying webhooks manually".
func TestVector(t *testing.T) {
	secret, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h, at := http.Header{}, time.Unix(1614265330, 0)
	if err := secret.Sign(h, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`)); err != nil {
		t.Fatal(err)
	}
	if got, want := h.Get(webhook.HeaderSignature), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// TestOtherImplementation: what we sign it verifies, and the reverse.
func TestOtherImplementation(t *testing.T) {
	secret := webhook.NewSecret()
	theirs, err := standardwebhooks.NewWebhook(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if err := theirs.Verify(body, signed(t, secret, time.Now())); err != nil {
		t.Errorf("theirs refuses ours: %v", err)
	}
	signature, err := theirs.Sign("msg_2", now, body)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "msg_2")
	h.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	h.Set("webhook-signature", signature)
	if id, err := webhook.Verify(h, body, now, 0, secret); err != nil || id != "msg_2" {
		t.Errorf("ours refuses theirs: %q, %v", id, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	secret := webhook.NewSecret()
	tests := map[string]struct {
		change func(h http.Header)
		body   []byte
		at     time.Time
		want   error
	}{
		"another body":      {body: []byte("{}"), want: webhook.ErrSignature},
		"another id":        {change: func(h http.Header) { h.Set(webhook.HeaderID, "msg_2") }, want: webhook.ErrSignature},
		"another time":      {change: func(h http.Header) { h.Set(webhook.HeaderTimestamp, "1800000001") }, want: webhook.ErrSignature},
		"no id":             {change: func(h http.Header) { h.Del(webhook.HeaderID) }, want: webhook.ErrHeaders},
		"no time":           {change: func(h http.Header) { h.Del(webhook.HeaderTimestamp) }, want: webhook.ErrHeaders},
		"no signature":      {change: func(h http.Header) { h.Del(webhook.HeaderSignature) }, want: webhook.ErrSignature},
		"another scheme":    {change: scheme("v1a"), want: webhook.ErrSignature},
		"no scheme":         {change: scheme(""), want: webhook.ErrSignature},
		"too old":           {at: now.Add(webhook.DefaultTolerance + time.Second), want: webhook.ErrTimestamp},
		"too new":           {at: now.Add(-webhook.DefaultTolerance - time.Second), want: webhook.ErrTimestamp},
		"oldest that is ok": {at: now.Add(webhook.DefaultTolerance)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := signed(t, secret, now)
			if tt.change != nil {
				tt.change(h)
			}
			if tt.body == nil {
				tt.body = body
			}
			if tt.at.IsZero() {
				tt.at = now
			}
			if _, err := webhook.Verify(h, tt.body, tt.at, 0, secret); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := webhook.Verify(signed(t, secret, now), body, now, 0, webhook.NewSecret()); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("with another secret: %v", err)
	}
	if _, err := webhook.Verify(signed(t, secret, now), body, now, 0, webhook.Secret{}); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("with no secret: %v", err)
	}
}

func scheme(name string) func(h http.Header) {
	return func(h http.Header) {
		h.Set(webhook.HeaderSignature, strings.Replace(h.Get(webhook.HeaderSignature), "v1,", name+",", 1))
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	secret := webhook.NewSecret()
	text := strings.TrimPrefix(secret.Reveal(), "whsec_")
	for _, printed := range []string{fmt.Sprint(secret), fmt.Sprintf("%+v %#v %s", secret, secret, secret), secret.LogValue().String()} {
		if strings.Contains(printed, text) || printed == "" {
			t.Errorf("printed as %q", printed)
		}
	}
	again, err := webhook.ParseSecret(secret.Reveal())
	if err != nil || again != secret {
		t.Errorf("read again it is another, %v", err)
	}
	for _, bad := range []string{"", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", text, "whsec_" + strings.Repeat("AAAA", 30)} {
		if _, err := webhook.ParseSecret(bad); !errors.Is(err, webhook.ErrSecret) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := (webhook.Secret{}).Sign(http.Header{}, "id", now, nil); !errors.Is(err, webhook.ErrSecret) {
		t.Errorf("the zero value signs: %v", err)
	}
}
