package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
)

// documentTypes are what may be shared. What a file is, its first bytes say, not its name.
var documentTypes = []string{"application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain; charset=utf-8"}

var (
	errDocumentSize = problem(http.StatusRequestEntityTooLarge, "document-too-large", "A document has at most 10 MB.")
	errDocumentType = problem(http.StatusUnsupportedMediaType, "document-type", "Share a PDF, a picture (PNG, JPEG, WebP) or plain text.")
)

// share keeps a document of either for the other. It comes as the only file of a form.
func (c *clinic) share(w http.ResponseWriter, r *http.Request, v visit) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxDocument+maxBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return problem(http.StatusUnsupportedMediaType, "invalid", "The document is to come as a form.")
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "document" {
		return problem(http.StatusBadRequest, "invalid", "The form has no document.")
	}
	content, err := io.ReadAll(io.LimitReader(part, maxDocument+1))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || len(content) > maxDocument {
		return errDocumentSize
	}
	if err != nil {
		return problem(http.StatusBadRequest, "invalid", "The document did not arrive whole. Try again.")
	}
	kind := http.DetectContentType(content)
	if len(content) == 0 || !slices.Contains(documentTypes, kind) {
		return errDocumentType
	}
	d := document{ID: strings.ToLower(rand.Text()), Name: plainName(part.FileName()), Type: kind, Size: len(content), Author: v.role, Added: c.now()}
	if err := c.store.addDocument(r.Context(), v.ID, d, content); errors.Is(err, errTooMany) {
		return problem(http.StatusConflict, "too-many-documents", "Twenty documents are the most for one appointment.")
	} else if err != nil {
		return err
	}
	c.hub.tell(v.Doctor)
	w.WriteHeader(http.StatusCreated)
	return writeJSON(w, d)
}

// plainName is a file's name without a way to it, and without what can't be seen.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, name)
	if runes := []rune(name); len(runes) > 120 {
		name = string(runes[len(runes)-120:]) // with what it ends in
	}
	if name == "" || name == "." || name == "/" {
		return "document"
	}
	return name
}

// read answers with what is in a document. A browser saves it and opens nothing by itself.
func (c *clinic) read(w http.ResponseWriter, r *http.Request, v visit) error {
	d, content, err := c.store.content(r.Context(), v.ID, r.PathValue("document"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(w, r, "", d.Added, bytes.NewReader(content))
	return nil
}
