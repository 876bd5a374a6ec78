package main

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A problem is an error that a page can show: a code for programs, a detail for people (RFC 9457).
type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Error implements error.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// Problems that happen in more than one place.
var (
	errSignIn   = &problem{http.StatusUnauthorized, "unauthorized", "Sign in first."}
	errNoCall   = &problem{http.StatusConflict, "no-call", "There is no such call any more."}
	errTaken    = &problem{http.StatusConflict, "taken", "Somebody else has picked this customer up, or the customer has left."}
	errBusy     = &problem{http.StatusConflict, "busy", "Finish your call, and the note about it, first."}
	errNotFree  = &problem{http.StatusConflict, "not-free", "Your colleague is not free any more."}
	errNode     = &problem{http.StatusBadGateway, "node-unreachable", "Calls can’t be made at the moment. Try again in a moment."}
	errInternal = &problem{http.StatusInternalServerError, "internal", "Something went wrong on our side. Try again in a moment."}
)

func invalid(format string, args ...any) *problem {
	return &problem{http.StatusUnprocessableEntity, "invalid", fmt.Sprintf(format, args...)}
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}
