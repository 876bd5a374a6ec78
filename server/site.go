package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	indexFile = "index.html"
	// embedFile is the page that other sites show in a frame. Spec: embed.md.
	embedFile = "embed.html"
	embedPath = "/embed"
	// elementFiles is the folder of what other sites load into their own pages.
	elementFiles = "/element/"
	// hashedAssets is the folder of files whose names change with their content.
	hashedAssets = "assets/"

	cacheForever = "public, max-age=31536000, immutable"
	cacheChecked = "no-cache"

	// minCompressible is the size under which a compressed answer saves no packet.
	minCompressible = 1024
)

// contentTypes are the files a site is made of; the operating system's table would differ from machine to machine.
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".jpg":         "image/jpeg",
	".webp":        "image/webp",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".txt":         "text/plain; charset=utf-8",
}

var compressible = map[string]bool{
	".html": true, ".js": true, ".mjs": true, ".css": true, ".json": true, ".map": true, ".webmanifest": true,
	".svg": true, ".ico": true, ".txt": true,
}

// A site serves a single-page application from memory: its files under their names, its index for "/" and for
// "/m/" with anything behind it, which the application resolves itself, and the page for frames at "/embed".
type site struct{ assets map[string]*asset }

type asset struct {
	body, gzipped           []byte // gzipped is nil when it would not be smaller
	contentType, cache, tag string
}

// newSite reads all files of dir. A dir without an index is a site that tells how to build one.
func newSite(dir fs.FS) (*site, error) {
	s := &site{assets: make(map[string]*asset)}
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		s.assets[name], err = newAsset(name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	return s, nil
}

func newAsset(name string, body []byte) (*asset, error) {
	extension := path.Ext(name)
	contentType, ok := contentTypes[extension]
	if !ok {
		return nil, fmt.Errorf("%s: no content type is known for %q", name, extension)
	}
	sum := sha256.Sum256(body)
	a := &asset{body: body, contentType: contentType, cache: cacheChecked, tag: hex.EncodeToString(sum[:8])}
	if strings.HasPrefix(name, hashedAssets) {
		a.cache = cacheForever
	}
	if !compressible[extension] || len(body) < minCompressible {
		return a, nil
	}
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	if buf.Len() < len(body) {
		a.gzipped = buf.Bytes()
	}
	return a, nil
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this address can only be read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case name == "" || strings.HasPrefix(name, "m/"):
		name = indexFile
	case r.URL.Path == embedPath:
		name = embedFile
	}
	a, ok := s.assets[name]
	switch {
	case ok:
		a.serve(w, r)
	case name == indexFile:
		http.Error(w, "This confab was built without its web site. Run `make build` and start bin/confab.",
			http.StatusServiceUnavailable)
	default:
		http.Error(w, "There is no page at this address.", http.StatusNotFound)
	}
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	body, tag := a.body, a.tag
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body, tag = a.gzipped, a.tag+"-gzip"
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		weight, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !ok || err == nil && q > 0
	}
	return false
}
