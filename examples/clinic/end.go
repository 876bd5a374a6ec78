package main

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/openconfab/confab/meetings"
)

// maxText bounds notes, summary and next steps, in characters.
const maxText = 20_000

var errTextTooLong = problem(http.StatusUnprocessableEntity, "too-long", "That is too long: 20 000 characters are the most.")

// saveNotes keeps what only the doctor reads.
func (c *clinic) saveNotes(w http.ResponseWriter, r *http.Request, v visit) error {
	var given struct{ Notes string }
	if err := readJSON(w, r, &given); err != nil {
		return err
	}
	if utf8.RuneCountInString(given.Notes) > maxText {
		return errTextTooLong
	}
	if err := c.store.setNotes(r.Context(), v.ID, given.Notes); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// end ends the call for both, and shows the patient what the doctor has written for it.
func (c *clinic) end(w http.ResponseWriter, r *http.Request, v visit) error {
	var given struct{ Summary, NextSteps string }
	if err := readJSON(w, r, &given); err != nil {
		return err
	}
	if utf8.RuneCountInString(given.Summary) > maxText || utf8.RuneCountInString(given.NextSteps) > maxText {
		return errTextTooLong
	}
	if v.Meeting != "" {
		if err := c.node.End(r.Context(), v.Meeting); err != nil && !errors.Is(err, meetings.Ended) {
			return nodeError{err}
		}
	}
	err := c.store.end(r.Context(), v.ID, strings.TrimSpace(given.Summary), strings.TrimSpace(given.NextSteps), c.now())
	if err != nil && !errors.Is(err, errNone) {
		return err
	}
	c.hub.tell(v.Doctor)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
