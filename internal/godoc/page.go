package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/token"
	"slices"
	"strings"
	"unicode"
)

// A page is the Markdown of one package.
type page struct {
	pkg       *doc.Package
	positions *token.FileSet
	printer   *comment.Printer
	headings  map[string]string // links to types, functions and methods, by their anchors
	text      bytes.Buffer
	err       error // the first one
}

func newPage(pkg *doc.Package, positions *token.FileSet, packages []string) *page {
	p := &page{pkg: pkg, positions: positions, printer: pkg.Printer(), headings: map[string]string{}}
	for _, f := range pkg.Funcs {
		p.addHeading("", f.Name)
	}
	for _, t := range pkg.Types {
		p.addHeading("", t.Name)
		for _, f := range t.Funcs {
			p.addHeading("", f.Name)
		}
		for _, f := range t.Methods {
			p.addHeading(t.Name, f.Name)
		}
	}
	p.printer.HeadingLevel = 2
	p.printer.HeadingID = func(*comment.Heading) string { return "" }
	p.printer.DocLinkURL = func(l *comment.DocLink) string {
		name, ours := strings.CutPrefix(l.ImportPath, module)
		switch {
		case l.ImportPath == "" || l.ImportPath == pkg.ImportPath:
			return p.headings[anchor(l.Recv, l.Name)]
		case ours && slices.Contains(packages, name):
			return "go-" + name + ".md"
		}
		return l.DefaultURL("https://pkg.go.dev")
	}
	return p
}

func (p *page) addHeading(receiver, name string) {
	id := anchor(receiver, name)
	p.headings[id] = "#" + id
}

// anchor is the address that the site gives to the heading of a name.
func anchor(receiver, name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, receiver+name)
}

func (p *page) all() {
	p.printf("# Go: %s\n\n```go\nimport %q\n```\n\n", p.pkg.Name, p.pkg.ImportPath)
	p.comment(p.pkg.Doc)
	p.values(p.pkg.Consts)
	p.values(p.pkg.Vars)
	for _, f := range p.pkg.Funcs {
		p.function("##", f)
	}
	for _, t := range p.pkg.Types {
		p.printf("## %s\n\n", t.Name)
		p.declaration(t.Decl)
		p.comment(t.Doc)
		p.values(t.Consts)
		p.values(t.Vars)
		for _, f := range slices.Concat(t.Funcs, t.Methods) {
			p.function("###", f)
		}
	}
}

func (p *page) values(list []*doc.Value) {
	for _, v := range list {
		p.declaration(v.Decl)
		p.comment(v.Doc)
	}
}

func (p *page) function(level string, f *doc.Func) {
	name := f.Name
	if f.Recv != "" {
		name = strings.TrimPrefix(f.Recv, "*") + "." + name
	}
	p.printf("%s %s\n\n", level, name)
	f.Decl.Body = nil
	p.declaration(f.Decl)
	p.comment(f.Doc)
}

func (p *page) declaration(d ast.Decl) {
	p.printf("```go\n")
	if err := format.Node(&p.text, p.positions, d); err != nil && p.err == nil {
		p.err = err
	}
	p.printf("\n```\n\n")
}

func (p *page) comment(text string) {
	if text == "" {
		return
	}
	p.text.Write(p.printer.Markdown(p.pkg.Parser().Parse(text)))
	p.printf("\n")
}

func (p *page) printf(format string, args ...any) {
	fmt.Fprintf(&p.text, format, args...)
}
