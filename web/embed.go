// Package web holds the built web applications, so that they travel inside the confab binary.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:apps/meet/dist
var meet embed.FS

// Meet returns the meeting site: index.html, and assets with content hashes in their names under assets/. Before
// `make build` has built the site, there is no index.html in it.
func Meet() fs.FS {
	site, err := fs.Sub(meet, "apps/meet/dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	return site
}
