package meetings

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A Code says what went wrong, for programs. Codes stay as they are; a node may know more of them than there are constants here.
// A code is an error, so that errors.Is(err, meetings.NotFound) asks for it.
type Code string

// The codes that a back end may want to tell apart.
const (
	// Invalid: the request is not as documented; Error.Fields says where.
	Invalid Code = "invalid"
	// Unauthorized: the API key is not one of the node's.
	Unauthorized Code = "unauthorized"
	// Forbidden: an API key may not do this.
	Forbidden Code = "forbidden"
	// NotFound: there is no such meeting or participant, or it is another's.
	NotFound Code = "not-found"
	// Taken: another meeting has the id.
	Taken Code = "id-taken"
	// Ended: the meeting is over for all.
	Ended Code = "ended"
	// Blocked: the hosts keep this identity out.
	Blocked Code = "blocked"
	// Locked: the hosts let nobody else in.
	Locked Code = "locked"
	// VersionConflict: the meeting has changed since it was read.
	VersionConflict Code = "version-conflict"
	// IdempotencyConflict: the idempotency key was used for another request.
	IdempotencyConflict Code = "idempotency-conflict"
	// MeetingLimit: the key has as many meetings as the node allows.
	MeetingLimit Code = "meeting-limit"
	// RateLimited: too many requests; Error.RetryAfter says how long to wait.
	RateLimited Code = "rate-limited"
)

// Error implements error.
func (c Code) Error() string { return string(c) }

// An Error is what a node answers to what it does not do. errors.Is finds its Code in it.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is "" when it was not a node that answered, but something on the way.
	Code Code
	// Detail says what happened and what to do, for people who maintain the back end.
	Detail string
	// Fields are the parts of the request that are wrong.
	Fields []Field
	// RetryAfter is how long to wait before the request is made again, 0: the node says nothing of it.
	RetryAfter time.Duration
}

// A Field is one part of a request that is wrong.
type Field struct {
	// Location is where it is, such as body.settings.maxParticipants.
	Location string
	// Message says what is expected.
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("meetings: status %d %s, not from a Confab node", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("meetings: %s: %s", e.Code, e.Detail)
}

// Unwrap returns the code, for errors.Is.
func (e *Error) Unwrap() error { return e.Code }

// parseError reads an answer that is not a success (RFC 9457).
func parseError(response *http.Response, body []byte) *Error {
	e := &Error{Status: response.StatusCode}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	var problem struct {
		Code   Code
		Detail string
		Fields []Field
	}
	if response.Header.Get("Content-Type") == "application/problem+json" && json.Unmarshal(body, &problem) == nil {
		e.Code, e.Detail, e.Fields = problem.Code, problem.Detail, problem.Fields
	}
	return e
}
