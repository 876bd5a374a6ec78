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
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
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
// suffix, and pictures in images/. It is safe for concurrent use.
type Site struct {
	pages map[string][]byte
	files http.Handler
}

type page struct {
	Title, Path string
	Body        template.HTML
	Nav         []link
}

type link struct {
	Title, Path string
	Here        bool
}

// New renders all pages of a folder. It fails when there is no index.md, a page has no heading of the first level, or one
// links to a page that is not there.
func New(folder fs.FS) (*Site, error) {
	names, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, err
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	pages := make([]page, 0, len(names))
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	for _, name := range names {
		source, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		p, err := render(markdown, name, source, known)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		pages = append(pages, p)
	}
	if !known[first+".md"] {
		return nil, fmt.Errorf("there is no %s.md", first)
	}
	s := &Site{pages: make(map[string][]byte, len(pages)), files: http.StripPrefix(Path, http.FileServerFS(folder))}
	for _, p := range pages {
		p.Nav = navigation(pages, p.Path)
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

// render makes a page of Markdown. Links to other Markdown files become links to their pages.
func render(markdown goldmark.Markdown, name string, source []byte, known map[string]bool) (page, error) {
	document := markdown.Parser().Parse(text.NewReader(source))
	p := page{Path: pathOf(name)}
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 1 && p.Title == "" {
				p.Title = string(n.Lines().Value(source))
			}
		case *ast.Link:
			target, err := resolve(string(n.Destination), known)
			if err != nil {
				return ast.WalkStop, err
			}
			n.Destination = []byte(target)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return page{}, err
	}
	if p.Title == "" {
		return page{}, fmt.Errorf("it has no heading of the first level")
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, source, document); err != nil {
		return page{}, err
	}
	p.Body = template.HTML(b.String()) // the repository's own text
	return p, nil
}

// resolve returns the address for a link of a page: pages are on the site, other files of the repository where that is.
func resolve(link string, known map[string]bool) (string, error) {
	to, anchor, _ := strings.Cut(link, "#")
	if anchor != "" {
		anchor = "#" + anchor
	}
	switch {
	case to == "" || strings.Contains(to, ":"):
		return link, nil
	case strings.HasPrefix(to, "../"):
		return repository + strings.TrimPrefix(to, "../") + anchor, nil
	case known[to]:
		return pathOf(to) + anchor, nil
	}
	return "", fmt.Errorf("it links to %s, which is not there", to)
}

func pathOf(name string) string {
	if base := strings.TrimSuffix(name, ".md"); base != first {
		return Path + base
	}
	return Path
}

// navigation lists all pages, the index first.
func navigation(pages []page, here string) []link {
	var links []link
	for _, p := range pages {
		l := link{Title: p.Title, Path: p.Path, Here: p.Path == here}
		if p.Path == Path {
			links = append([]link{l}, links...)
		} else {
			links = append(links, l)
		}
	}
	return links
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
