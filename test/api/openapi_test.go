// Package api_test holds the API to other people's software: an OpenAPI validator, a generator of clients, an OpenID provider. It is a
// module of its own, so that what it needs is no dependency of Confab.
package api_test

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

var clinic = token.Key{ID: "clinic", Secret: strings.Repeat("0123456789", 4)}

// document gets a node's OpenAPI document.
func document(t *testing.T, node string) []byte {
	t.Helper()
	res, err := http.Get(node + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res.Status, err)
	}
	return text
}

func newValidator(t *testing.T, text []byte) validator.Validator {
	t.Helper()
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

func TestDocumentIsValid(t *testing.T) {
	n := servertest.Start(t, server.Config{Keys: []token.Key{clinic}})
	v := newValidator(t, document(t, n.URL()))
	if valid, errs := v.ValidateDocument(); !valid {
		for _, e := range errs {
			t.Error(e)
		}
	}
}

// TestAnswersAreAsDocumented sends requests, good and bad, and has each and its answer judged by the document.
func TestAnswersAreAsDocumented(t *testing.T) {
	n := servertest.Start(t, server.Config{Keys: []token.Key{clinic}})
	v := newValidator(t, document(t, n.URL()))
	exchange := func(method, path, body string, status int) string {
		t.Helper()
		send := func() *http.Request {
			r, err := http.NewRequestWithContext(t.Context(), method, n.URL()+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+clinic.ID+":"+clinic.Secret)
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			return r
		}
		res, err := http.DefaultClient.Do(send())
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != status {
			t.Errorf("%s %s: %s %s", method, path, res.Status, text)
		}
		res.Body = io.NopCloser(bytes.NewReader(text))
		if status >= 400 {
			if ok, errs := v.ValidateHttpResponse(send(), res); !ok {
				t.Errorf("%s %s: %v", method, path, errs)
			}
		} else if ok, errs := v.ValidateHttpRequestResponse(send(), res); !ok {
			t.Errorf("%s %s: %v", method, path, errs)
		}
		return res.Header.Get("Location")
	}
	path := exchange("POST", "/v1/meetings", `{"title":"A","starts":"2030-01-01T09:00:00Z","settings":{"share":"hosts"}}`, 201)
	exchange("POST", path+"/join", `{"identity":"ann","role":"host"}`, 200)
	exchange("POST", path+"/join", `{"identity":"bob","grants":{"publish":["microphone"],"subscribe":true,"data":true,"admin":false,"record":true}}`, 200)
	exchange("GET", path, "", 200)
	exchange("GET", "/v1/meetings?limit=10", "", 200)
	exchange("PATCH", path, `{"title":"B","anytime":true}`, 200)
	exchange("GET", path+"/participants", "", 200)
	exchange("GET", path+"/roles", "", 200)
	exchange("PUT", path+"/roles/bob", `{"role":"cohost"}`, 204)
	exchange("PUT", path+"/blocks/eve", "", 204)
	exchange("GET", path+"/blocks", "", 200)
	exchange("DELETE", path+"/blocks/eve", "", 204)
	exchange("DELETE", path+"/tokens/jti-1", "", 204)
	exchange("GET", path+"/attendance", "", 200)
	exchange("GET", path+"/audit", "", 200)
	exchange("GET", "/v1/people/bob", "", 200)
	exchange("DELETE", "/v1/people/bob", "", 204)
	exchange("GET", "/v1/me", "", 200)
	exchange("POST", path+"/end", "", 204)
	exchange("POST", path+"/join", `{"identity":"ann"}`, 410)
	exchange("POST", "/v1/meetings", `{"titel":"A"}`, 422)
	exchange("GET", "/v1/meetings/none", "", 404)
	exchange("DELETE", path, "", 204)
}

// TestGeneratedClient makes a client from the document, as those who use the API do, and has it make a meeting and join it.
func TestGeneratedClient(t *testing.T) {
	n := servertest.Start(t, server.Config{Keys: []token.Key{clinic}})
	generate := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", "backend/config.yaml", "-o", "backend/client.gen.go", "/dev/stdin")
	generate.Stdin = bytes.NewReader(document(t, n.URL()))
	if out, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	backEnd := exec.CommandContext(t.Context(), "go", "run", "-tags", "generated", "./backend", n.URL())
	backEnd.Env = append(backEnd.Environ(), "API_KEY="+clinic.ID+":"+clinic.Secret)
	out, err := backEnd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "dr-ann" {
		t.Errorf("%v\n%s", err, out)
	}
}
