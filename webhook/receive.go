package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// MaxBody bounds the body of a webhook, in bytes.
const MaxBody = 64 << 10

// A Delivery is one attempt to deliver an event.
type Delivery struct {
	// ID is that of the event: a receiver that has seen it ignores the delivery.
	ID string
	// Attempt counts from 1.
	Attempt int
	Event   Event
	// Body is the event as it was sent.
	Body []byte
}

// A Receiver is an http.Handler that verifies webhooks.
type Receiver struct {
	// Secrets are those of the node; more than one while one is being replaced.
	Secrets []Secret
	// Tolerance is by how much the clocks may differ, 0: DefaultTolerance.
	Tolerance time.Duration
	// Received is called with what was verified, concurrently. After an error the node delivers it again later. It returns
	// soon, in a few seconds, for the next event of the room waits.
	Received func(ctx context.Context, d Delivery) error
	// Refused is told why a request was not a webhook. Nil is not called.
	Refused func(r *http.Request, err error)
}

// ServeHTTP answers 204 to what was received, 400 or 401 to what is no webhook, and 500 when Received fails.
func (v *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, err := v.read(w, r)
	if err != nil {
		if v.Refused != nil {
			v.Refused(r, err)
		}
		status := http.StatusBadRequest
		if errors.Is(err, ErrSignature) || errors.Is(err, ErrTimestamp) {
			status = http.StatusUnauthorized
		}
		http.Error(w, err.Error(), status)
		return
	}
	if err := v.Received(r.Context(), d); err != nil {
		http.Error(w, "not taken: try again later", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (v *Receiver) read(w http.ResponseWriter, r *http.Request) (d Delivery, err error) {
	if d.Body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody)); err != nil {
		return Delivery{}, err
	}
	if d.ID, err = Verify(r.Header, d.Body, time.Now(), v.Tolerance, v.Secrets...); err != nil {
		return Delivery{}, err
	}
	if d.Event, err = Parse(d.Body); err != nil {
		return Delivery{}, err
	}
	if d.Attempt, err = strconv.Atoi(r.Header.Get(HeaderAttempt)); err != nil || d.Attempt < 1 {
		d.Attempt = 1
	}
	return d, nil
}
