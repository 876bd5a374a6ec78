package record

import (
	"strings"
	"unicode"
)

const maxName = 40

// fileName returns what of a display name can be part of a file's name on any system. Names are what strangers say.
func fileName(name string) string {
	var b strings.Builder
	dash := false
	count := 0
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			dash = b.Len() > 0
			continue
		}
		if count++; count > maxName {
			break
		}
		if dash {
			b.WriteByte('-')
			dash = false
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "nameless"
	}
	return b.String()
}
