package main

import (
	"os"
	"strings"
	"testing"
)

func TestReference(t *testing.T) {
	t.Chdir("testdata")
	text, err := reference("kettle", []string{"kettle", "cup"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("kettle.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if strings.Contains(string(text), "hidden") {
		t.Error("what is not exported is in the reference")
	}
}

func TestMistakes(t *testing.T) {
	if _, err := reference("nothing", nil); err == nil {
		t.Error("a folder without a package: no error")
	}
}
