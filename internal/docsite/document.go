package docsite

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// documents are all pages, by the names of their files.
type documents map[string]*document

// A document is a parsed page.
type document struct {
	name   string
	source []byte
	root   ast.Node
	title  string
	ids    map[string]bool // of its headings
}

func parse(markdown goldmark.Markdown, name string, source []byte) (*document, error) {
	d := &document{name: name, source: source, root: markdown.Parser().Parse(text.NewReader(source)), ids: map[string]bool{}}
	err := ast.Walk(d.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		heading, ok := n.(*ast.Heading)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		if heading.Level == 1 && d.title == "" {
			d.title = string(heading.Lines().Value(source))
		}
		if id, ok := heading.AttributeString("id"); ok {
			if id, ok := id.([]byte); ok {
				d.ids[string(id)] = true
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	if d.title == "" {
		return nil, errors.New("it has no heading of the first level")
	}
	return d, nil
}

// render makes HTML. Links to other Markdown files become links to their pages.
func (d *document) render(markdown goldmark.Markdown, known documents) (template.HTML, error) {
	err := ast.Walk(d.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		l, ok := n.(*ast.Link)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		target, err := known.resolve(d, string(l.Destination))
		l.Destination = []byte(target)
		return ast.WalkContinue, err
	})
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, d.source, d.root); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // the repository's own text
}

// resolve returns the address for a link of a page: pages are on the site, other files of the repository where that is.
func (known documents) resolve(from *document, link string) (string, error) {
	to, id, anchored := strings.Cut(link, "#")
	if strings.Contains(to, ":") || strings.HasPrefix(to, "/") {
		return link, nil
	}
	target, address := from, ""
	if to != "" {
		name := path.Join(path.Dir(from.name), to)
		if outside, ok := strings.CutPrefix(name, "../"); ok {
			return repository + strings.Replace(link, to, outside, 1), nil
		}
		if target = known[name]; target == nil {
			return "", fmt.Errorf("it links to %s, which is not there", to)
		}
		address = pathOf(name)
	}
	if !anchored {
		return address, nil
	}
	if !target.ids[id] {
		return "", fmt.Errorf("it links to %s, and there is no such heading", link)
	}
	return address + "#" + id, nil
}

// navigation lists pages, the index first.
func (known documents) navigation(names []string, here string) []link {
	var links []link
	for _, name := range names {
		l := link{Title: known[name].title, Path: pathOf(name), Here: name == here}
		if l.Path == Path {
			links = append([]link{l}, links...)
		} else {
			links = append(links, l)
		}
	}
	return links
}
