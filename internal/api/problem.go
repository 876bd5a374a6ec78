package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// Codes of problems that this package finds itself; the others are those of meeting.Error.
const (
	codeBadRequest    = "bad-request"
	codeInvalid       = "invalid"
	codeUnauthorized  = "unauthorized"
	codeForbidden     = "forbidden"
	codeNotFound      = "not-found"
	codeCrossOrigin   = "cross-origin"
	codeTooLarge      = "too-large"
	codeMediaType     = "media-type"
	codeTimeout       = "timeout"
	codeRateLimited   = "rate-limited"
	codeInternal      = "internal"
	codeUnavailable   = "unavailable"
	codeSignInFailed  = "sign-in-failed"
	codeNoProvider    = "no-provider"
	codeNotAcceptable = "not-acceptable"
)

// A Problem is an error as the API answers it (RFC 9457, application/problem+json).
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank; code tells problems apart." example:"about:blank"`
	Title  string  `json:"title" doc:"The status in words." example:"Not Found"`
	Status int     `json:"status" doc:"The HTTP status." example:"404"`
	Code   string  `json:"code" doc:"What happened, for programs. Codes are stable; new ones may come." example:"not-found"`
	Detail string  `json:"detail,omitempty" doc:"What happened and what to do, for people." example:"there is no such meeting"`
	Fields []Field `json:"fields,omitempty" nullable:"false" doc:"Which parts of the request are wrong, with the code invalid."`

	after time.Duration // for Retry-After
}

// A Field is one part of a request that is wrong. Its value is left out, for it may be a secret.
type Field struct {
	Location string `json:"location" doc:"Where it is." example:"body.settings.maxParticipants"`
	Message  string `json:"message" doc:"What is expected." example:"expected number >= 0"`
}

// problem makes an error to answer with.
func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// retryAfter tells when to ask again.
func (p *Problem) retryAfter(wait time.Duration) *Problem {
	p.after = wait
	return p
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.after > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.after+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="confab"`)
	}
	return h
}

// write answers with p outside huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}

func init() {
	// It is how the library lets a program choose the shape of the errors that it finds.
	huma.NewError = newProblem
}

// newProblem gives errors that the library finds a code.
func newProblem(status int, message string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if p, ok := errors.AsType[*Problem](err); ok {
			return p
		}
	}
	code, known := map[int]string{
		http.StatusBadRequest:            codeBadRequest,
		http.StatusUnprocessableEntity:   codeInvalid,
		http.StatusRequestEntityTooLarge: codeTooLarge,
		http.StatusUnsupportedMediaType:  codeMediaType,
		http.StatusRequestTimeout:        codeTimeout,
		http.StatusNotAcceptable:         codeNotAcceptable,
	}[status]
	if !known {
		code = codeInternal
		message = "the node could not do this; its log says why"
	}
	p := problem(status, code, message)
	for _, err := range errs {
		var detailed huma.ErrorDetailer
		if errors.As(err, &detailed) {
			d := detailed.ErrorDetail()
			p.Fields = append(p.Fields, Field{Location: d.Location, Message: d.Message})
		}
	}
	if len(p.Fields) > 0 {
		p.Detail = "the request is not as it should be: " + p.Fields[0].Location + ": " + p.Fields[0].Message
	}
	return p
}

// problemOf says what an error means to a caller. One that is the node's own fault is logged, and hidden.
func (a *API) problemOf(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*meeting.Error](err); ok {
		return problem(statusOf(e.Code), string(e.Code), e.Message)
	}
	if ctx.Err() != nil {
		return problem(http.StatusServiceUnavailable, codeUnavailable, "the request was given up")
	}
	a.log.Error("API", "error", err)
	return problem(http.StatusInternalServerError, codeInternal, "the node could not do this; its log says why")
}

// statusOf maps codes of meetings to statuses.
func statusOf(code meeting.Code) int {
	switch code {
	case meeting.CodeNotFound:
		return http.StatusNotFound
	case meeting.CodeInvalid, meeting.CodeIdempotency:
		return http.StatusUnprocessableEntity
	case meeting.CodeVersion:
		return http.StatusPreconditionFailed
	case meeting.CodeTaken:
		return http.StatusConflict
	case meeting.CodeEnded:
		return http.StatusGone
	default:
		return http.StatusForbidden
	}
}
