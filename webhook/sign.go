package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a webhook.
const (
	// HeaderID is the same for all attempts to deliver an event.
	HeaderID = "Webhook-Id"
	// HeaderTimestamp is the time of the attempt.
	HeaderTimestamp = "Webhook-Timestamp"
	// HeaderSignature holds one signature or more, with spaces between.
	HeaderSignature = "Webhook-Signature"
	// HeaderAttempt counts the attempts from 1; from 2 on the receiver may have got the event before. It is not signed.
	HeaderAttempt = "Confab-Webhook-Attempt"
)

// DefaultTolerance is by how much the time of an attempt may differ from the receiver's.
const DefaultTolerance = 5 * time.Minute

// signatureScheme is HMAC-SHA-256 with a shared secret.
const signatureScheme = "v1"

// Errors of Verify, wrapped with detail.
var (
	// ErrHeaders: a header is missing or not of its form.
	ErrHeaders = errors.New("webhook: missing or malformed header")
	// ErrSignature: none of the signatures is one with any of the secrets.
	ErrSignature = errors.New("webhook: wrong signature")
	// ErrTimestamp: the attempt is too old, or in the future.
	ErrTimestamp = errors.New("webhook: time out of tolerance")
)

// Sign sets the headers of an attempt at time now to deliver body. The id has no full stop.
func (s Secret) Sign(h http.Header, id string, now time.Time, body []byte) error {
	if s.key == "" {
		return ErrSecret
	}
	if id == "" || strings.Contains(id, ".") {
		return fmt.Errorf("%w: an id is not empty and has no full stop", ErrHeaders)
	}
	at := strconv.FormatInt(now.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, at)
	h.Set(HeaderSignature, signatureScheme+","+base64.StdEncoding.EncodeToString(s.mac(id, at, body)))
	return nil
}

func (s Secret) mac(id, at string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(s.key))
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify checks that body was signed with one of the secrets, at most tolerance before or after now, and returns the id. Of more
// than one secret is use while one is being replaced. A tolerance of 0 stands for DefaultTolerance. The error wraps
// ErrHeaders, ErrSignature or ErrTimestamp.
func Verify(h http.Header, body []byte, now time.Time, tolerance time.Duration, secrets ...Secret) (id string, err error) {
	id, at := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if id == "" || err != nil {
		return "", fmt.Errorf("%w: %s or %s", ErrHeaders, HeaderID, HeaderTimestamp)
	}
	if !signed(h, id, at, body, secrets) {
		return "", ErrSignature
	}
	if tolerance == 0 {
		tolerance = DefaultTolerance
	}
	if d := now.Sub(time.Unix(seconds, 0)); d.Abs() > tolerance {
		return "", fmt.Errorf("%w: it was signed %v ago", ErrTimestamp, d)
	}
	return id, nil
}

func signed(h http.Header, id, at string, body []byte, secrets []Secret) bool {
	for signature := range strings.FieldsSeq(h.Get(HeaderSignature)) {
		scheme, encoded, _ := strings.Cut(signature, ",")
		mac, err := base64.StdEncoding.DecodeString(encoded)
		if scheme != signatureScheme || err != nil {
			continue
		}
		for _, s := range secrets {
			if s.key != "" && hmac.Equal(mac, s.mac(id, at, body)) {
				return true
			}
		}
	}
	return false
}
