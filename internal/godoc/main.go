// Command godoc writes the references of Go packages as Markdown: one file a package, made of its doc comments.
//
//	go run ./internal/godoc FOLDER PACKAGE...
//
// It is run in the root of the module, where packages are folders. The files are FOLDER/go-PACKAGE.md.
package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path/filepath"
)

const module = "github.com/openconfab/confab/"

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: godoc FOLDER PACKAGE...")
	}
	folder, packages := os.Args[1], os.Args[2:]
	for _, name := range packages {
		text, err := reference(name, packages)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, "go-"+name+".md"), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// reference parses the package in a folder and renders it. Links to the packages of the list lead to their files.
func reference(name string, packages []string) ([]byte, error) {
	found, err := build.ImportDir(name, 0)
	if err != nil {
		return nil, err
	}
	positions := token.NewFileSet()
	var files []*ast.File
	for _, file := range found.GoFiles {
		parsed, err := parser.ParseFile(positions, filepath.Join(name, file), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, parsed)
	}
	described, err := doc.NewFromFiles(positions, files, module+name)
	if err != nil {
		return nil, fmt.Errorf("reading its comments: %w", err)
	}
	p := newPage(described, positions, packages)
	p.all()
	return p.text.Bytes(), p.err
}
