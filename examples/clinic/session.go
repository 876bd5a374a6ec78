package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"net/http"
	"time"
)

const (
	// sessionLife is how long a doctor stays signed in: a working day.
	sessionLife = 12 * time.Hour
	cookieName  = "clinic-session"
)

// addSession signs a doctor in, and returns what its browser has to show.
func (s *store) addSession(ctx context.Context, doctor string, now time.Time) (secret string, err error) {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM sessions WHERE expires < ?", millis(now)); err != nil {
		return "", err
	}
	secret = rand.Text()
	hash := sha256.Sum256([]byte(secret))
	_, err = s.db.ExecContext(ctx, "INSERT INTO sessions (token, doctor, expires) VALUES (?, ?, ?)", hash[:], doctor, millis(now.Add(sessionLife)))
	return secret, err
}

// signedIn returns the doctor whose session it is, or errNone.
func (s *store) signedIn(ctx context.Context, secret string, now time.Time) (doctor, error) {
	hash := sha256.Sum256([]byte(secret))
	id, err := one(ctx, s, func(rows *sql.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	}, "SELECT doctor FROM sessions WHERE token = ? AND expires > ?", hash[:], millis(now))
	if err != nil {
		return doctor{}, err
	}
	return s.doctor(ctx, id)
}

func (s *store) removeSession(ctx context.Context, secret string) error {
	hash := sha256.Sum256([]byte(secret))
	_, err := s.db.ExecContext(ctx, "DELETE FROM sessions WHERE token = ?", hash[:])
	return err
}

// cookie holds a session in a browser, out of reach of scripts. An empty secret takes it away.
func (c *clinic) cookie(secret string) *http.Cookie {
	k := &http.Cookie{
		Name: cookieName, Value: secret, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode, MaxAge: int(sessionLife / time.Second),
	}
	if secret == "" {
		k.MaxAge = -1
	}
	return k
}
