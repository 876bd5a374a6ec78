// Package docs holds the documentation, so that it travels inside the confab binary.
package docs

import "embed"

// Pages are the Markdown files, index.md the first of them, the references in reference/, which are generated, and the pictures in images/.
//
//go:embed *.md images reference
var Pages embed.FS
