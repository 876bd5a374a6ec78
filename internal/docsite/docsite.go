// Package docsite serves the documentation as web pages, rendered from Markdown when it is made.
package docsite

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// Path is where the site is to be mounted: its pages link to each other by it.
const Path = "/docs/"

const (
	first      = "index"
	repository = "https://github.com/openconfab/confab/blob/main/"
)

//go:embed page.html style.css
var looks embed.FS

var frame = template.Must(template.ParseFS(looks, "page.html"))

// A Site serves the pages of a folder of Markdown files: index.md at Path, the others below by their names without the
// suffix, those in reference/ after the others, and pictures in images/. It is safe for concurrent use.
type Site struct {
	pages map[string][]byte
	files http.Handler
}

type page struct {
	Title, Path string
	Body        template.HTML
	Guides      []link
	References  []link
}

type link struct {
	Title, Path string
	Here        bool
}

// New renders all pages of a folder. It fails when there is no index.md, a page has no heading of the first level, or one
// links to a page or heading that is not there.
func New(folder fs.FS) (*Site, error) {
	guides, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	references, err := fs.Glob(folder, "reference/*.md")
	if err != nil {
		return nil, err
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	known := documents{}
	for _, name := range slices.Concat(guides, references) {
		source, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		if known[name], err = parse(markdown, name, source); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if known[first+".md"] == nil {
		return nil, fmt.Errorf("there is no %s.md", first)
	}
	s := &Site{pages: make(map[string][]byte, len(known)), files: http.StripPrefix(Path, http.FileServerFS(folder))}
	for name, d := range known {
		body, err := d.render(markdown, known)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p := page{
			Title: d.title, Path: pathOf(name), Body: body,
			Guides: known.navigation(guides, name), References: known.navigation(references, name),
		}
		var b bytes.Buffer
		if err := frame.Execute(&b, p); err != nil {
			return nil, err
		}
		s.pages[p.Path] = b.Bytes()
	}
	style, err := looks.ReadFile("style.css")
	if err != nil {
		return nil, err
	}
	s.pages[Path+"style.css"] = style
	return s, nil
}

func pathOf(name string) string {
	if base := strings.TrimSuffix(name, ".md"); base != first {
		return Path + base
	}
	return Path
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := s.pages[r.URL.Path]
	switch {
	case ok && path.Ext(r.URL.Path) == ".css":
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
	case ok:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	case strings.HasPrefix(r.URL.Path, Path+"images/"):
		s.files.ServeHTTP(w, r)
		return
	default:
		http.Error(w, "There is no page at this address. The documentation begins at "+Path, http.StatusNotFound)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
