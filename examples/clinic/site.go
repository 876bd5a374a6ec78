package main

import (
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

// pages are the paths at which the application shows itself; what it shows there it decides in the browser.
var pages = []string{"GET /{$}", "GET /visit/{id}", "GET /doctor", "GET /doctor/visit/{id}"}

// serveSite adds the built pages to mux: index.html, and files with content hashes in their names under assets/.
func serveSite(mux *http.ServeMux, site fs.FS) {
	files := http.FileServerFS(site)
	for _, page := range pages {
		mux.HandleFunc(page, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, site, "index.html")
		})
	}
	mux.HandleFunc("GET /assets/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		files.ServeHTTP(w, r)
	})
	mux.Handle("GET /icon.svg", files)
}

// permissions are what the pages may ask a browser for.
const permissions = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), speaker-selection=(self), " +
	"screen-wake-lock=(self), geolocation=(), payment=(), usb=()"

// secured tells browsers what the pages may do: nothing but talk to the clinic and to its video node.
func secured(node *url.URL, next http.Handler) http.Handler {
	socket := "wss://"
	if node.Scheme == "http" {
		socket = "ws://"
	}
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "media-src 'self' blob:",
		"font-src 'self'", "connect-src 'self' " + node.Scheme + "://" + node.Host + " https://" + node.Host + " " + socket + node.Host,
		"base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
	}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
