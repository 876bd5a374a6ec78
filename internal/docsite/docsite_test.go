package docsite_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/openconfab/confab/docs"
	"github.com/openconfab/confab/internal/docsite"
)

func TestEveryPageIsServedAndNamedInTheNavigation(t *testing.T) {
	site, err := docsite.New(docs.Pages)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest("GET", docsite.Path, nil))
	index := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("%d, %v", w.Code, w.Header())
	}
	links := strings.Count(index, "<li><a href=\"/docs/")
	if links < 8 {
		t.Errorf("the navigation has %d links", links)
	}
	for _, path := range []string{"encryption", "quickstart-html", "performance", "style.css"} {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", docsite.Path+path, nil))
		if w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPages(t *testing.T) {
	site, err := docsite.New(fstest.MapFS{
		"index.md":         {Data: []byte("# Start\n\nSee [the other](other.md#part) and [elsewhere](https://example.com/x.md).\n")},
		"other.md":         {Data: []byte("# Other & more\n\n## Part\n\n<script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")},
		"images/a.png":     {Data: []byte("png")},
		"reference/api.md": {Data: []byte("# The API\n\nAs [the other](../other.md) says; its [license](../../LICENSE).\n\n## A name\n\n[See](#a-name)\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		status int
		has    []string
		not    string
	}{
		"/docs/":              {200, []string{`href="/docs/other#part"`, `href="https://example.com/x.md"`, "<title>Start", `aria-current="page">Start`}, ""},
		"/docs/other":         {200, []string{`<h2 id="part">`, "<table>", "Other &amp; more"}, "<script>alert"},
		"/docs/images/a.png":  {200, []string{"png"}, ""},
		"/docs/reference/api": {200, []string{`href="/docs/other"`, `href="https://github.com/openconfab/confab/blob/main/LICENSE"`, `href="#a-name"`}, ""},
		"/docs/nothing":       {404, []string{"begins at /docs/"}, ""},
		"/docs/index.md":      {404, nil, ""},
	}
	for path, tt := range tests {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != tt.status {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, want := range tt.has {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s lacks %q:\n%s", path, want, w.Body)
			}
		}
		if tt.not != "" && strings.Contains(w.Body.String(), tt.not) {
			t.Errorf("%s has %q", path, tt.not)
		}
	}
}

func TestMistakesInPagesAreFound(t *testing.T) {
	for name, folder := range map[string]fstest.MapFS{
		"no index":                {"a.md": {Data: []byte("# A")}},
		"no heading":              {"index.md": {Data: []byte("text")}},
		"broken link":             {"index.md": {Data: []byte("# A\n\n[b](b.md)")}},
		"no heading of that name": {"index.md": {Data: []byte("# A\n\n[b](#b)")}},
	} {
		if _, err := docsite.New(folder); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
