package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func serveSite(t *testing.T, dir fstest.MapFS, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	s, err := newSite(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestSite(t *testing.T) {
	dir := testSite()
	index, script := string(dir["index.html"].Data), string(dir["assets/app-Dk3j1f.js"].Data)
	tests := map[string]struct {
		method, path string
		status       int
		contentType  string
		cache        string
		body         string
	}{
		"home":               {"GET", "/", 200, "text/html", cacheChecked, index},
		"index by name":      {"GET", "/index.html", 200, "text/html", cacheChecked, index},
		"meeting":            {"GET", "/m/room-1", 200, "text/html", cacheChecked, index},
		"hashed script":      {"GET", "/assets/app-Dk3j1f.js", 200, "text/javascript", cacheForever, script},
		"hashed style":       {"GET", "/assets/app-Dk3j1f.css", 200, "text/css", cacheForever, "body{}"},
		"unhashed file":      {"GET", "/favicon.svg", 200, "image/svg+xml", cacheChecked, "<svg/>"},
		"head":               {"HEAD", "/", 200, "text/html", cacheChecked, ""},
		"unknown page":       {"GET", "/nothing", 404, "text/plain", "", "no page"},
		"missing asset":      {"GET", "/assets/app-old.js", 404, "text/plain", "", "no page"},
		"no directory lists": {"GET", "/assets/", 404, "text/plain", "", "no page"},
		"no way out":         {"GET", "/../server/site.go", 404, "text/plain", "", "no page"},
		"post":               {"POST", "/", 405, "text/plain", "", "only be read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := serveSite(t, dir, tt.method, tt.path)
			h := w.Header()
			if w.Code != tt.status || !strings.HasPrefix(h.Get("Content-Type"), tt.contentType) || h.Get("Cache-Control") != tt.cache {
				t.Errorf("%d, %q, cache %q", w.Code, h.Get("Content-Type"), h.Get("Cache-Control"))
			}
			if tt.status == 200 && tt.body != w.Body.String() || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("body %.80q", w.Body)
			}
		})
	}
}

func TestSiteCompresses(t *testing.T) {
	dir := testSite()
	for header, want := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1, GZIP;q=0.5": true, "": false, "br": false, "gzip;q=0": false, "gzip; q=0.0": false,
	} {
		w := serveSite(t, dir, "GET", "/", "Accept-Encoding", header)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: compressed %v", header, got)
			continue
		}
		body := io.Reader(w.Body)
		if want {
			var err error
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, dir["index.html"].Data) {
			t.Errorf("%q: %d bytes, %v", header, len(got), err)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary is %q", header, w.Header().Get("Vary"))
		}
	}
	if w := serveSite(t, dir, "GET", "/assets/call-a81b22.png", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("an image was compressed again")
	}
}

func TestSiteAnswersNotModified(t *testing.T) {
	plain := serveSite(t, testSite(), "GET", "/").Header().Get("ETag")
	gzipped := serveSite(t, testSite(), "GET", "/", "Accept-Encoding", "gzip").Header().Get("ETag")
	if plain == gzipped {
		t.Errorf("both encodings have the tag %s", plain)
	}
	w := serveSite(t, testSite(), "GET", "/", "Accept-Encoding", "gzip", "If-None-Match", gzipped)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
}

func TestSiteThatWasNotBuilt(t *testing.T) {
	w := serveSite(t, fstest.MapFS{".gitkeep": {}}, "GET", "/m/room")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSiteRefusesFilesOfNoKnownType(t *testing.T) {
	if _, err := newSite(fstest.MapFS{"a.exe": {}}); err == nil || !strings.Contains(err.Error(), "a.exe") {
		t.Errorf("got %v", err)
	}
}
