package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Paths of what there is to read.
const (
	openAPIPath = "/v1/openapi"
	// DocsPath is the page that shows the OpenAPI document, DocsStyle its style sheet.
	DocsPath  = "/docs/api"
	DocsStyle = "/docs/api.css"
)

var (
	//go:embed docs.html
	docsPage string
	//go:embed docs.css
	docsCSS []byte
)

// serveDocs shows the OpenAPI document on one page without scripts. It is made once, for the document does not change.
func serveDocs(mux *http.ServeMux, doc *huma.OpenAPI) error {
	page, err := renderDocs(doc)
	if err != nil {
		return fmt.Errorf("API documentation: %w", err)
	}
	serve := func(path, contentType string, body []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(body) // the client has gone
		})
	}
	serve(DocsPath, "text/html; charset=utf-8", page)
	serve(DocsStyle, "text/css; charset=utf-8", docsCSS)
	return nil
}

// docsGroup is the operations of one tag, docsOperation one of them.
type docsGroup struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	*huma.Operation

	Headers []*huma.Param // that are sent, besides path and query
	Values  []*huma.Param // in path and query
	Body    *huma.Schema
	Answers []docsAnswer
}

type docsAnswer struct {
	Status, Description string
	Headers             []string
	Body                *huma.Schema
}

func renderDocs(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{
		"paragraphs": paragraphs,
		"type":       typeName,
		"resolve":    func(s *huma.Schema) *huma.Schema { return resolve(doc, s) },
		"optional":   func(s *huma.Schema, name string) bool { return !slices.Contains(s.Required, name) },
		"limits":     limitsOf,
		"anchor":     refName,
	}).Parse(docsPage)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = t.Execute(&page, map[string]any{
		"Info": doc.Info, "Groups": docsGroups(doc), "Schemas": doc.Components.Schemas.Map(), "OpenAPI": openAPIPath + ".json",
		"Style": DocsStyle,
	})
	return page.Bytes(), err
}

func docsGroups(doc *huma.OpenAPI) []docsGroup {
	var groups []docsGroup
	for _, tag := range doc.Tags {
		g := docsGroup{Name: tag.Name, Description: tag.Description}
		for _, items := range []map[string]*huma.PathItem{doc.Paths, doc.Webhooks} {
			for _, name := range slices.Sorted(mapKeys(items)) {
				item := items[name]
				for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
					if op != nil && slices.Contains(op.Tags, tag.Name) {
						g.Operations = append(g.Operations, describe(op))
					}
				}
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func describe(op *huma.Operation) docsOperation {
	d := docsOperation{Operation: op}
	for _, p := range op.Parameters {
		if p.In == "header" {
			d.Headers = append(d.Headers, p)
		} else {
			d.Values = append(d.Values, p)
		}
	}
	if op.RequestBody != nil {
		d.Body = firstSchema(op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(mapKeys(op.Responses)) {
		r := op.Responses[status]
		d.Answers = append(d.Answers, docsAnswer{
			Status: status, Description: r.Description, Headers: slices.Sorted(mapKeys(r.Headers)), Body: firstSchema(r.Content),
		})
	}
	return d
}

func firstSchema(content map[string]*huma.MediaType) *huma.Schema {
	for _, kind := range slices.Sorted(mapKeys(content)) {
		return content[kind].Schema
	}
	return nil
}

func refName(s *huma.Schema) string { return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:] }

func resolve(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return doc.Components.Schemas.Map()[refName(s)]
	}
	return s
}

// typeName says what a value is, in a word or two.
func typeName(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return refName(s)
	case s.Type == huma.TypeArray && s.Items != nil:
		return "list of " + typeName(s.Items)
	case s.Format == "date-time":
		return "time"
	case len(s.Enum) > 0:
		names := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			names[i] = fmt.Sprint(v)
		}
		return strings.Join(names, " | ")
	case s.Type == huma.TypeArray:
		return "list"
	default:
		return s.Type
	}
}

// limitsOf says what a value has to keep to.
func limitsOf(s *huma.Schema) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.MinLength != nil && *s.MinLength > 0 {
		add("at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil {
		add("at most %d characters", *s.MaxLength)
	}
	if s.Minimum != nil {
		add("from %v", *s.Minimum)
	}
	if s.Maximum != nil {
		add("to %v", *s.Maximum)
	}
	if s.MaxItems != nil {
		add("at most %d items", *s.MaxItems)
	}
	if s.Pattern != "" {
		add("matches %s", s.Pattern)
	}
	if s.Default != nil {
		add("%v if not given", s.Default)
	}
	return strings.Join(parts, ", ")
}

// paragraphs shows a description: blank lines part paragraphs, indented ones are code, and `this` is code in a line.
func paragraphs(text string) template.HTML {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		if code, ok := strings.CutPrefix(part, "    "); ok {
			fmt.Fprintf(&b, "<pre>%s</pre>", template.HTMLEscapeString(strings.ReplaceAll(code, "\n    ", "\n")))
			continue
		}
		b.WriteString("<p>")
		for i, piece := range strings.Split(part, "`") {
			if i%2 == 1 {
				fmt.Fprintf(&b, "<code>%s</code>", template.HTMLEscapeString(piece))
			} else {
				b.WriteString(template.HTMLEscapeString(piece))
			}
		}
		b.WriteString("</p>")
	}
	return template.HTML(b.String())
}
