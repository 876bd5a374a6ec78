package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// pages serves the built pages: the shop at /, the desk at /desk, and what they load.
type pages struct{ files fs.FS }

func newPages(files fs.FS) (*pages, error) {
	for _, name := range []string{"index.html", "desk.html", "element/index.js"} {
		if _, err := fs.Stat(files, name); err != nil {
			return nil, fmt.Errorf("the pages are not built: run `make build` (%w)", err)
		}
	}
	return &pages{files}, nil
}

// ServeHTTP implements http.Handler.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "this address can only be read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	switch name {
	case "":
		name = "index.html"
	case "desk":
		name = "desk.html"
	}
	contentType := contentTypes[path.Ext(name)]
	body, err := fs.ReadFile(p.files, name)
	if err != nil || contentType == "" {
		http.Error(w, "There is no page at this address.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// secured tells browsers what the pages may do: run the shop's own scripts and no others, and reach the shop and the node. A script of
// anybody else's could read the secrets of calls, those of the node included, which is why the pages load the element from here.
func secured(node *url.URL, next http.Handler) http.Handler {
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:",
		"connect-src 'self' " + strings.Join(reachable(node), " "), "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), geolocation=(), payment=()")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// reachable lists the node as policies name it: by WebTransport, WebSocket and HTTP.
func reachable(node *url.URL) []string {
	sources := []string{"https://" + node.Host, "wss://" + node.Host}
	if node.Scheme == "http" {
		sources = append(sources, "http://"+node.Host, "ws://"+node.Host)
	}
	return sources
}
