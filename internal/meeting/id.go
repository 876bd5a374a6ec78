package meeting

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newID returns 80 random bits as 16 letters and digits, in groups of four. Nobody finds a meeting by guessing.
func newID() string {
	b := make([]byte, 10)
	rand.Read(b)
	text := lower.EncodeToString(b)
	return strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
}

// String returns the cursor as the API hands it out.
func (c Cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.At.UnixMilli(), 36) + " " + c.ID))
}

func parseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	at, id, ok := strings.Cut(string(plain), " ")
	ms, err2 := strconv.ParseInt(at, 36, 64)
	if err != nil || err2 != nil || !ok || id == "" {
		return Cursor{}, errorf(CodeInvalid, "the cursor is none that a list has returned")
	}
	return Cursor{At: time.UnixMilli(ms), ID: id}, nil
}

func (p Page) limit() (int, error) {
	switch {
	case p.Limit == 0:
		return DefaultPage, nil
	case p.Limit < 0 || p.Limit > MaxPage:
		return 0, errorf(CodeInvalid, "a page has 1 to %d items", MaxPage)
	default:
		return p.Limit, nil
	}
}

// list reads one item more than the page has, to know whether there is a next one.
func list[T any](p Page, read func(after Cursor, limit int) ([]T, error), cursor func(T) Cursor) (List[T], error) {
	limit, err := p.limit()
	if err != nil {
		return List[T]{}, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return List[T]{}, err
	}
	items, err := read(after, limit+1)
	if err != nil || len(items) <= limit {
		return List[T]{Items: items}, err
	}
	items = items[:limit]
	return List[T]{Items: items, Next: cursor(items[limit-1]).String()}, nil
}
