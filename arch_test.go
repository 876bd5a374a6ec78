// Package confab_test holds the source tree to the laws of ARCHITECTURE.md. It parses the sources itself: a list from
// the go command could come from a cache.
package confab_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/openconfab/confab"

// imports lists which packages of this module each package may import, tests apart. Whoever adds a package or an import
// decides here whether the architecture wants it.
var imports = map[string][]string{
	"cmd/confab": {
		"client", "e2ee", "internal/backbone", "internal/backbone/iggy", "internal/bench", "internal/bench/workload", "internal/doctor", "internal/ffmpeg", "internal/obs",
		"internal/publish", "internal/record", "media", "server", "token", "webhook",
	},
	"client":                         {"e2ee", "internal/link", "internal/transport", "internal/wire", "internal/wire/pb", "media"},
	"e2ee":                           {"media"},
	"internal/api":                   {"internal/meeting", "internal/ratelimit", "internal/signin", "token", "webhook"},
	"internal/avc":                   {},
	"internal/backbone":              {},
	"internal/backbone/backbonetest": {"internal/backbone"},
	"internal/backbone/iggy":         {"internal/backbone"},
	"internal/backbone/local":        {"internal/backbone"},
	"internal/backbone/nats":         {"internal/backbone"},
	"internal/cluster":               {"internal/backbone", "internal/relay", "internal/room", "internal/wire", "internal/wire/pb"},
	"internal/bench":                 {"client", "e2ee", "internal/bench/slowpath", "internal/bench/workload", "media"},
	"internal/bench/slowpath":        {"internal/simnet", "internal/tun"},
	"internal/bench/workload":        {"media"},
	"docs":                           {},
	"internal/docsite":               {},
	"internal/doctor":                {"client", "e2ee", "internal/transport", "internal/wire", "internal/wire/pb", "media", "token"},
	"internal/ffmpeg":                {},
	"examples/clinic":                {"meetings", "token", "webhook"},
	"internal/godoc":                 {},
	"examples/go-backend":            {"meetings", "token"},
	"examples/go-bot":                {"client", "e2ee"},
	"examples/support":               {"meetings", "token", "webhook"},
	"internal/link":                  {"internal/transport", "internal/wire", "internal/wire/pb"},
	"internal/matroska":              {},
	"internal/meeting":               {"token", "webhook"},
	"internal/meeting/outbox":        {"webhook"},
	"internal/meeting/store":         {"internal/meeting", "internal/meeting/outbox", "internal/signin", "token"},
	"internal/meeting/store/pgtest":  {},
	"internal/mediatest":             {"e2ee", "internal/ffmpeg", "internal/servertest", "server"},
	"internal/obs":                   {"internal/cluster", "internal/meeting/outbox", "internal/relay", "internal/session", "internal/transport", "internal/wire"},
	"internal/publish":               {"client", "internal/avc", "internal/ffmpeg", "internal/matroska", "media"},
	"internal/ratelimit":             {},
	"internal/record":                {"client", "e2ee", "internal/avc", "internal/ffmpeg", "internal/matroska", "media"},
	"internal/relay":                 {"internal/wire", "internal/wire/pb"},
	"internal/room":                  {"internal/relay", "internal/wire", "internal/wire/pb"},
	"internal/session":               {"internal/relay", "internal/room", "internal/transport", "internal/wire", "internal/wire/pb"},
	"internal/servertest":            {"server"},
	"internal/session/sessiontest":   {"internal/transport", "internal/wire", "internal/wire/pb"},
	"internal/signin":                {},
	"internal/simnet":                {},
	"internal/transport":             {"internal/wire"},
	"internal/tun":                   {"internal/simnet"},
	"internal/virtualtime":           {},
	"internal/wire":                  {"internal/wire/pb"},
	"internal/wire/pb":               {},
	"media":                          {},
	"meetings":                       {"token"},
	"server": {
		"docs", "internal/api", "internal/backbone", "internal/backbone/iggy", "internal/backbone/nats", "internal/cluster", "internal/docsite", "internal/meeting",
		"internal/meeting/outbox", "internal/meeting/store", "internal/obs", "internal/room", "internal/session", "internal/signin",
		"internal/transport", "internal/wire", "internal/wire/pb", "token", "web", "webhook",
	},
	"test/api/backend":  {"client", "e2ee"},
	"test/api/provider": {},
	"test/e2e/gopeer":   {"client", "media"},
	"token":             {},
	"web":               {},
	"webhook":           {},

	"internal/backbone/iggy/iggytest": {},
	"internal/backbone/taptest":       {"client", "e2ee", "internal/servertest", "media", "server", "token"},
}

// reserved lists the only packages, and those below them, that may import a kind of library, their tests included.
var reserved = map[string][]string{
	"github.com/quic-go/":        {"internal/transport", "internal/simnet"},
	"github.com/gobwas/":         {"internal/transport"},
	"golang.org/x/net/http":      {"internal/transport"},
	"github.com/nats-io/":        {"internal/backbone/nats"},
	"github.com/apache/iggy":     {"internal/backbone/iggy"},
	"database/sql":               {"internal/meeting/store", "examples"},
	"modernc.org/sqlite":         {"internal/meeting/store", "examples"},
	"github.com/jackc/pgx":       {"internal/meeting/store"},
	"github.com/pressly/goose":   {"internal/meeting/store", "examples"},
	"github.com/danielgtaylor/":  {"internal/api"},
	"github.com/coreos/go-oidc":  {"internal/signin"},
	"golang.org/x/oauth2":        {"internal/signin"},
	"golang.org/x/time":          {"internal/ratelimit"},
	"github.com/prometheus/":     {"internal/obs"},
	"github.com/golang-jwt/":     {"token"},
	"github.com/yuin/goldmark":   {"internal/docsite"},
	"github.com/alecthomas/":     {"cmd/confab"},
	"github.com/at-wat/ebml-go":  {"internal/matroska"},
	"github.com/HdrHistogram/":   {"internal/bench"},
	"google.golang.org/protobuf": {"internal/wire", "internal/room", "internal/relay", "internal/session", "internal/link", "internal/cluster"},
}

// pure lists the packages that do no I/O and get the time from their caller.
var pure = []string{"internal/wire", "internal/room", "internal/relay"}

// public lists the packages that other modules import.
var public = []string{"server", "client", "e2ee", "media", "meetings", "token", "webhook"}

const maxLines = 500

type source struct {
	name      string // path from the root of the module
	pkg       string // its folder, "." for the root
	test      bool
	generated bool
	lines     int
	file      *ast.File
}

func (s *source) imports() []string {
	var list []string
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // it parsed
		}
		list = append(list, p)
	}
	return list
}

// parseTree parses every Go source of the module.
func parseTree(t *testing.T) (sources []*source, positions *token.FileSet) {
	t.Helper()
	positions = token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			if base == "node_modules" || base == "testdata" || name != "." && strings.HasPrefix(base, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		sources = append(sources, &source{
			name:      name,
			pkg:       path.Dir(name),
			test:      strings.HasSuffix(base, "_test.go"),
			generated: ast.IsGenerated(file),
			lines:     bytes.Count(text, []byte("\n")),
			file:      file,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 20 {
		t.Fatalf("only %d sources found: is this the root of the module?", len(sources))
	}
	return sources, positions
}

// own returns the folder of a package of this module.
func own(importPath string) (folder string, ok bool) {
	return strings.CutPrefix(importPath, module+"/")
}

func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

func TestImportTable(t *testing.T) {
	sources, _ := parseTree(t)
	for _, s := range sources {
		if s.test {
			continue
		}
		allowed, listed := imports[s.pkg]
		if !listed {
			t.Errorf("%s: package %s is not in the import table of arch_test.go", s.name, s.pkg)
		}
		for _, p := range s.imports() {
			if folder, ok := own(p); ok && !slices.Contains(allowed, folder) {
				t.Errorf("%s imports %s, which the import table of arch_test.go does not allow", s.name, folder)
			}
		}
	}
}

// TestServerNeverReachesE2EE: nothing that a node runs could use a media key.
func TestServerNeverReachesE2EE(t *testing.T) {
	sources, _ := parseTree(t)
	graph := make(map[string][]string)
	for _, s := range sources {
		if !s.test {
			graph[s.pkg] = append(graph[s.pkg], s.imports()...)
		}
	}
	if len(graph["server"]) == 0 || len(graph["e2ee"]) == 0 {
		t.Fatal("package server or e2ee is gone: this test proves nothing")
	}
	via := map[string]string{"server": ""}
	queue := []string{"server"}
	for len(queue) > 0 {
		pkg := queue[0]
		queue = queue[1:]
		for _, p := range graph[pkg] {
			folder, ok := own(p)
			if _, seen := via[folder]; !ok || seen {
				continue
			}
			via[folder] = pkg
			queue = append(queue, folder)
		}
	}
	if _, reached := via["e2ee"]; reached {
		chain := "e2ee"
		for pkg := via["e2ee"]; pkg != ""; pkg = via[pkg] {
			chain = pkg + " → " + chain
		}
		t.Error(chain)
	}
	if _, reached := via["internal/relay"]; !reached {
		t.Error("server does not reach internal/relay: this test does not see the imports it should")
	}
}

func TestReservedLibraries(t *testing.T) {
	sources, _ := parseTree(t)
	for _, s := range sources {
		for _, p := range s.imports() {
			for library, owners := range reserved {
				if !strings.HasPrefix(p, library) || slices.ContainsFunc(owners, func(o string) bool { return within(s.pkg, o) }) {
					continue
				}
				if s.test && library == "google.golang.org/protobuf" {
					continue
				}
				t.Errorf("%s imports %s, which is for %v", s.name, p, owners)
			}
		}
	}
}

// TestPurePackages: they may set a timer, which tests run in virtual time (testing/synctest), and only its function may
// look at the clock; everything else is told the time.
func TestPurePackages(t *testing.T) {
	io := []string{"net", "net/http", "os", "os/exec", "syscall", "log", "log/slog", "embed"}
	clocks := []string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "Tick"}
	sources, positions := parseTree(t)
	for _, s := range sources {
		if s.test || s.generated || !slices.ContainsFunc(pure, func(p string) bool { return within(s.pkg, p) }) {
			continue
		}
		for _, p := range s.imports() {
			if slices.Contains(io, p) {
				t.Errorf("%s imports %s: this package does no I/O", s.name, p)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && timeFunc(call.Fun) == "AfterFunc" {
				return false
			}
			if e, ok := n.(ast.Expr); ok && slices.Contains(clocks, timeFunc(e)) {
				t.Errorf("%s uses time.%s: this package is told the time", positions.Position(n.Pos()), timeFunc(e))
			}
			return true
		})
	}
}

// TestVirtualTime: tests in virtual time go through internal/virtualtime, which says why; examples are read alone.
func TestVirtualTime(t *testing.T) {
	sources, positions := parseTree(t)
	for _, s := range sources {
		if within(s.pkg, "internal/virtualtime") || within(s.pkg, "examples") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Test" {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "synctest" {
					t.Errorf("%s calls synctest.Test: call virtualtime.Test", positions.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// timeFunc returns F when e is time.F.
func timeFunc(e ast.Expr) string {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" {
			return sel.Sel.Name
		}
	}
	return ""
}

func TestFileLength(t *testing.T) {
	sources, _ := parseTree(t)
	for _, s := range sources {
		if !s.generated && s.lines > maxLines {
			t.Errorf("%s has %d lines, the limit is %d: is it still one thing?", s.name, s.lines, maxLines)
		}
	}
}

// TestPublicAPI: what other modules see is made of the standard library's types and of public packages'.
func TestPublicAPI(t *testing.T) {
	sources, positions := parseTree(t)
	for _, s := range sources {
		if s.test || !slices.Contains(public, s.pkg) {
			continue
		}
		foreign := foreignNames(s)
		for _, exposed := range exposedTypes(s.file) {
			ast.Inspect(exposed, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if pkg, ok := sel.X.(*ast.Ident); ok && foreign[pkg.Name] != "" {
						t.Errorf("%s: the API exposes %s of %s", positions.Position(n.Pos()), sel.Sel.Name, foreign[pkg.Name])
					}
				}
				return true
			})
		}
	}
}

// foreignNames maps the names of imports that must not show in the API to their paths.
func foreignNames(s *source) map[string]string {
	names := make(map[string]string)
	paths := s.imports()
	for i, spec := range s.file.Imports {
		p := paths[i]
		folder, ours := own(p)
		standard := !strings.Contains(strings.Split(p, "/")[0], ".")
		if standard || ours && slices.Contains(public, folder) {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	return names
}

// exposedTypes returns the parts of a file that an importer depends on: signatures of exported functions and methods,
// exported fields, and the types of exported constants and variables.
func exposedTypes(f *ast.File) []ast.Node {
	var nodes []ast.Node
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				nodes = append(nodes, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				nodes = append(nodes, exposedBySpec(spec)...)
			}
		}
	}
	return nodes
}

func exposedBySpec(spec ast.Spec) []ast.Node {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return nil
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return []ast.Node{spec.Type}
		}
		var nodes []ast.Node
		for _, field := range structure.Fields.List {
			embedded := len(field.Names) == 0
			if embedded || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
				nodes = append(nodes, field.Type)
			}
		}
		return nodes
	case *ast.ValueSpec:
		if !slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
			return nil
		}
		if spec.Type != nil {
			return []ast.Node{spec.Type}
		}
		var nodes []ast.Node
		for _, v := range spec.Values {
			nodes = append(nodes, v)
		}
		return nodes
	}
	return nil
}

func receiver(d *ast.FuncDecl) string {
	name := d.Recv.List[0].Type
	for {
		switch n := name.(type) {
		case *ast.StarExpr:
			name = n.X
		case *ast.IndexExpr:
			name = n.X
		case *ast.Ident:
			return n.Name
		default:
			return ""
		}
	}
}
