package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/webhook"
)

func TestReceiver(t *testing.T) {
	secret := webhook.NewSecret()
	var got webhook.Delivery
	var refused, failure error
	receiver := &webhook.Receiver{
		Secrets:  []webhook.Secret{secret},
		Received: func(_ context.Context, d webhook.Delivery) error { got = d; return failure },
		Refused:  func(_ *http.Request, err error) { refused = err },
	}
	post := func(body []byte, headers http.Header) int {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header = headers
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		return w.Code
	}
	h := signed(t, secret, time.Now())
	h.Set(webhook.HeaderAttempt, "3")
	if status := post(body, h); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if got.ID != "msg_1" || got.Attempt != 3 || got.Event.Type != webhook.RoomStarted || got.Event.Data.Room != "r" || !got.Event.Data.Meeting {
		t.Errorf("received %+v", got)
	}
	failure = errors.New("the disk is full")
	if status := post(body, h); status != http.StatusInternalServerError {
		t.Errorf("when it can't be taken: status %d", status)
	}
	failure, got = nil, webhook.Delivery{}
	if status := post([]byte("{}"), h); status != http.StatusUnauthorized || !errors.Is(refused, webhook.ErrSignature) {
		t.Errorf("forged: status %d, %v", status, refused)
	}
	if status := post([]byte(strings.Repeat(" ", webhook.MaxBody+1)), h); status != http.StatusBadRequest {
		t.Errorf("too large: status %d", status)
	}
	none := http.Header{}
	if err := secret.Sign(none, "msg_1", time.Now(), []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if status := post([]byte("{}"), none); status != http.StatusBadRequest || !errors.Is(refused, webhook.ErrPayload) {
		t.Errorf("no event: status %d, %v", status, refused)
	}
	if got.ID != "" {
		t.Errorf("received %+v", got)
	}
}
