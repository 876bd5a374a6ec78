package main

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Limits of documents.
const (
	maxDocument  = 10 << 20 // bytes
	maxDocuments = 20       // of an appointment
)

// errTooMany: an appointment has as many documents as it may have.
var errTooMany = errors.New("clinic: too many documents")

// A document is a file that doctor or patient gave to the other.
type document struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Type   string    `json:"type"`
	Size   int       `json:"size"`
	Author role      `json:"author"`
	Added  time.Time `json:"added"`
}

// documents returns those of an appointment, without what is in them, in the order in which they were added.
func (s *store) documents(ctx context.Context, appointment string) ([]document, error) {
	return collect(ctx, s, func(rows *sql.Rows) (d document, err error) {
		var added int64
		err = rows.Scan(&d.ID, &d.Name, &d.Type, &d.Size, &d.Author, &added)
		d.Added = moment(added)
		return d, err
	}, "SELECT id, name, type, length(content), author, added FROM documents WHERE appointment = ? ORDER BY added, id", appointment)
}

// addDocument keeps one. The error is errTooMany when the appointment is full of them.
func (s *store) addDocument(ctx context.Context, appointment string, d document, content []byte) error {
	err := s.change(ctx, `INSERT INTO documents (id, appointment, name, type, author, added, content)
		SELECT ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM documents WHERE appointment = ?) < ?`,
		d.ID, appointment, d.Name, d.Type, d.Author, millis(d.Added), content, appointment, maxDocuments)
	if errors.Is(err, errNone) {
		return errTooMany
	}
	return err
}

// content returns what is in a document.
func (s *store) content(ctx context.Context, appointment, id string) (d document, content []byte, err error) {
	d, err = one(ctx, s, func(rows *sql.Rows) (d document, err error) {
		err = rows.Scan(&d.ID, &d.Name, &d.Type, &content)
		return d, err
	}, "SELECT id, name, type, content FROM documents WHERE appointment = ? AND id = ?", appointment, id)
	return d, content, err
}
