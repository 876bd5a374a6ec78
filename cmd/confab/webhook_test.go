package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/webhook"
)

func TestWebhookListen(t *testing.T) {
	t.Setenv(webhookSecretVariable, "")
	ctx, cancel := context.WithCancel(t.Context())
	outRead, out := io.Pipe()
	errRead, errs := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"webhook", "listen", "--addr", "localhost:0"}, out, errs) }()
	said, printed := bufio.NewScanner(errRead), bufio.NewScanner(outRead)
	next := func(lines *bufio.Scanner, pattern string) string {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("nothing is printed")
		}
		found := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text())
		if found == nil {
			t.Fatalf("printed %q, want %s", lines.Text(), pattern)
		}
		return found[len(found)-1]
	}
	secret, err := webhook.ParseSecret(next(said, `CONFAB_WEBHOOK_SECRET=(whsec_\S+)$`))
	if err != nil {
		t.Fatal(err)
	}
	address := next(said, `--webhook-url (http://\S+)$`)

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	post := func(s webhook.Secret, attempt int) int {
		t.Helper()
		body := []byte(`{"type":"participant.left","timestamp":"2027-01-15T08:00:00Z","data":{"room":"standup","meeting":true,
"participant":{"session":"s","identity":"ann"},"reason":"left"}}`)
		r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set(webhook.HeaderAttempt, fmt.Sprint(attempt))
		if err := s.Sign(r.Header, "msg_1", time.Now(), body); err != nil {
			t.Error(err)
			return 0
		}
		res, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	// The command writes before it answers.
	answer := make(chan int, 1)
	go func() { answer <- post(secret, 1) }()
	next(printed, `participant\.left +standup +"ann" left +msg_1$`)
	if status := <-answer; status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	go func() { answer <- post(secret, 2) }()
	next(printed, `msg_1 +attempt 2 +AGAIN`)
	<-answer
	go func() { answer <- post(webhook.NewSecret(), 1) }()
	next(said, `refused .* wrong signature`)
	if status := <-answer; status != http.StatusUnauthorized {
		t.Errorf("forged: status %d", status)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWebhookListenTakesASecret(t *testing.T) {
	t.Setenv(webhookSecretVariable, "whsec_short")
	if _, _, err := confab("webhook", "listen", "--addr", "localhost:0"); err == nil || strings.Contains(err.Error(), "short\"") {
		t.Errorf("error %v", err)
	}
}
