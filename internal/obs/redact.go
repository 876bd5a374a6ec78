package obs

import (
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const redacted = "[redacted]"

// secretNames are parts of attribute names whose values are never written.
var secretNames = []string{
	"token", "ticket", "secret", "announcement", "authorization", "cookie", "password", "payload", "private",
}

// jwtShape finds tokens inside longer text: three base64url parts of which the first begins with `{"`.
var jwtShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

// urlSecrets finds the query and fragment of a URL, where invitations carry their secret.
var urlSecrets = regexp.MustCompile(`(https?://[^\s?#"]*)[?#][^\s"]*`)

// Redact is the ReplaceAttr of a handler. It is the last guard, not a licence to log: attributes with a telling name
// lose their value, text loses what looks like a join token and the query and fragment of URLs, and a value that does
// not say itself how it is logged, such as a protocol message or bytes, is written as its type only.
func Redact(_ []string, a slog.Attr) slog.Attr {
	name := strings.ToLower(a.Key)
	if slices.ContainsFunc(secretNames, func(s string) bool { return strings.Contains(name, s) }) {
		return slog.String(a.Key, redacted)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, redactText(a.Value.String()))
	case slog.KindAny:
		return slog.String(a.Key, redactAny(a.Value.Any()))
	default:
		return a
	}
}

func redactText(s string) string {
	return urlSecrets.ReplaceAllString(jwtShape.ReplaceAllString(s, redacted), "$1")
}

func redactAny(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case error:
		return redactText(v.Error())
	case slog.Level:
		return v.String()
	case *slog.Source:
		return fmt.Sprintf("%s:%d", v.File, v.Line)
	case []string:
		return redactText(strings.Join(v, " "))
	case []byte:
		return fmt.Sprintf("[%d bytes]", len(v))
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			return fmt.Sprintf("[%T]", v)
		}
		return redactText(string(text))
	}
	switch reflect.ValueOf(v).Kind() {
	case reflect.Bool, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprint(v)
	case reflect.String:
		return redactText(fmt.Sprint(v))
	default:
		return fmt.Sprintf("[%T]", v)
	}
}
