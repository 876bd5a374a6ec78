package main

import (
	"context"
	"database/sql"
)

// A doctor works at the clinic.
type doctor struct {
	ID        string `json:"id"` // also what it signs in with
	Name      string `json:"name"`
	Specialty string `json:"specialty"`
	About     string `json:"about"`
}

func scanDoctor(rows *sql.Rows) (d doctor, err error) {
	err = rows.Scan(&d.ID, &d.Name, &d.Specialty, &d.About)
	return d, err
}

func (s *store) doctors(ctx context.Context) ([]doctor, error) {
	return collect(ctx, s, scanDoctor, "SELECT id, name, specialty, about FROM doctors ORDER BY name")
}

func (s *store) doctor(ctx context.Context, id string) (doctor, error) {
	return one(ctx, s, scanDoctor, "SELECT id, name, specialty, about FROM doctors WHERE id = ?", id)
}

// passwordOf returns what a doctor's password is checked against.
func (s *store) passwordOf(ctx context.Context, doctor string) ([]byte, error) {
	return one(ctx, s, func(rows *sql.Rows) (hash []byte, err error) {
		err = rows.Scan(&hash)
		return hash, err
	}, "SELECT password FROM doctors WHERE id = ?", doctor)
}

func (s *store) addDoctor(ctx context.Context, d doctor, password []byte) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO doctors (id, name, specialty, about, password) VALUES (?, ?, ?, ?, ?)",
		d.ID, d.Name, d.Specialty, d.About, password)
	return err
}
