package main

import (
	"os"
	"strings"
)

// tokenVariable holds a join token, which is never an argument, like API keys.
const tokenVariable = "CONFAB_TOKEN"

// joinToken is where a command takes its join token from.
type joinToken struct {
	TokenFile string `help:"File with the join token, instead of CONFAB_TOKEN; read again whenever the room is joined anew." type:"path" env:"CONFAB_TOKEN_FILE"`
}

func (j *joinToken) hasToken() bool { return j.TokenFile != "" || os.Getenv(tokenVariable) != "" }

// token returns the join token, "" if there is none.
func (j *joinToken) token() (string, error) {
	if j.TokenFile == "" {
		return os.Getenv(tokenVariable), nil
	}
	text, err := os.ReadFile(j.TokenFile)
	return strings.TrimSpace(string(text)), err
}
