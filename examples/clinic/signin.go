package main

import (
	"errors"
	"net/http"
	"sync"
	"time"
)

// Limits of signing in.
const (
	maxTries  = 10 // of a doctor, in triesTime
	triesTime = 5 * time.Minute
	// maxHashing is how many passwords are checked at once, each on a processor of its own.
	maxHashing = 2
)

// tries count how often each doctor's password was given wrong. It is safe for concurrent use.
type tries struct {
	mu    sync.Mutex
	wrong map[string][]time.Time
}

// may reports whether a doctor's password may be tried now.
func (t *tries) may(doctor string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	recent := t.wrong[doctor][:0]
	for _, at := range t.wrong[doctor] {
		if now.Sub(at) < triesTime {
			recent = append(recent, at)
		}
	}
	t.wrong[doctor] = recent
	return len(recent) < maxTries
}

func (t *tries) failed(doctor string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrong[doctor] = append(t.wrong[doctor], now)
}

func (c *clinic) signIn(w http.ResponseWriter, r *http.Request) error {
	var given struct{ Doctor, Password string }
	if err := readJSON(w, r, &given); err != nil {
		return err
	}
	wrong := problem(http.StatusUnauthorized, "sign-in-failed", "The name or the password is wrong.")
	d, err := c.store.doctor(r.Context(), given.Doctor)
	known := err == nil
	if !known && !errors.Is(err, errNone) {
		return err
	}
	// Only doctors there are take room in the counts.
	if known && !c.tries.may(d.ID, c.now()) {
		return problem(http.StatusTooManyRequests, "too-many-tries", "Too many wrong passwords. Wait five minutes, then try again.")
	}
	var kept []byte
	if known {
		if kept, err = c.store.passwordOf(r.Context(), d.ID); err != nil {
			return err
		}
	}
	select {
	case c.hashing <- struct{}{}:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	fits := passwordFits(given.Password, kept, c.rounds)
	<-c.hashing
	if !fits {
		if known {
			c.tries.failed(d.ID, c.now())
		}
		return wrong
	}
	secret, err := c.store.addSession(r.Context(), d.ID, c.now())
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(secret))
	return writeJSON(w, d)
}

func (c *clinic) signOut(w http.ResponseWriter, r *http.Request) error {
	if k, err := r.Cookie(cookieName); err == nil {
		if err := c.store.removeSession(r.Context(), k.Value); err != nil {
			return err
		}
	}
	http.SetCookie(w, c.cookie(""))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// session answers with who has signed in with this browser, if anybody has.
func (c *clinic) session(w http.ResponseWriter, r *http.Request) error {
	var answer struct {
		Doctor *doctor `json:"doctor"`
	}
	d, err := c.doctorOf(r)
	switch {
	case err == nil:
		answer.Doctor = &d
	case !errors.Is(err, errSignIn):
		return err
	}
	return writeJSON(w, answer)
}

// doctorOf returns the doctor whose browser it is.
func (c *clinic) doctorOf(r *http.Request) (doctor, error) {
	k, err := r.Cookie(cookieName)
	if err != nil {
		return doctor{}, errSignIn
	}
	d, err := c.store.signedIn(r.Context(), k.Value, c.now())
	if errors.Is(err, errNone) {
		return doctor{}, errSignIn
	}
	return d, err
}

var errSignIn = problem(http.StatusUnauthorized, "sign-in", "Sign in first.")
