package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/openconfab/confab/token"
)

// keysVariable holds API keys. They are read from the environment or a file, never from an argument: every user of a
// machine can list the arguments of its processes.
const keysVariable = "CONFAB_API_KEYS"

// loadKeys returns the keys of the file, or of the environment when path is empty. There may be none.
func loadKeys(path string) ([]token.Key, error) {
	if path == "" {
		keys, err := parseKeys(os.Getenv(keysVariable))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keysVariable, err)
		}
		return keys, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := parseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// parseKeys reads id:secret pairs, separated by commas or lines. Errors name a key by its place or id only.
func parseKeys(s string) ([]token.Key, error) {
	var keys []token.Key
	pairs := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' })
	for i, pair := range pairs {
		pair = strings.TrimSpace(pair)
		if pair == "" {
			continue
		}
		id, secret, ok := strings.Cut(pair, ":")
		if !ok {
			return nil, fmt.Errorf("key number %d is not of the form id:secret", i+1)
		}
		key := token.Key{ID: id, Secret: secret}
		if err := key.Validate(); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
