package main

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
)

// maxBody bounds the JSON of a request, in bytes; notes and summaries are the longest.
const maxBody = 128 << 10

// A failure is an error that people are told of.
type failure struct {
	status int
	// Code is for the page, Detail for who reads it.
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func problem(status int, code, detail string) *failure {
	return &failure{status: status, Code: code, Detail: detail}
}

// Error implements error.
func (f *failure) Error() string { return f.Code + ": " + f.Detail }

// handler answers a request, or returns why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle makes an http.Handler that tells people what went wrong. What is the clinic's own fault is logged, and hidden.
func (c *clinic) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil || r.Context().Err() != nil {
			return
		}
		f, told := errors.AsType[*failure](err)
		_, nodes := errors.AsType[nodeError](err)
		switch {
		case told:
		case errors.Is(err, errNone):
			f = problem(http.StatusNotFound, "not-found", "There is no such appointment.")
		case nodes:
			c.log.Error("the video node does not do its part", "error", err)
			f = problem(http.StatusBadGateway, "video-unavailable", "The video service does not answer. Try again in a minute.")
		default:
			c.log.Error("request failed", "path", r.URL.Path, "error", err)
			f = problem(http.StatusInternalServerError, "internal", "Something went wrong here. Try again in a minute.")
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(f.status)
		_ = json.NewEncoder(w).Encode(f) // the browser has gone
	})
}

// A nodeError is what came of asking the video node for something.
type nodeError struct{ error }

// Unwrap returns the error of package meetings.
func (e nodeError) Unwrap() error { return e.error }

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "invalid", "The request is to be JSON.")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := decoder.Decode(into); err != nil {
		return problem(http.StatusBadRequest, "invalid", "The request could not be read.")
	}
	return nil
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the browser has gone
	return nil
}
