// Package link is the client's side of a session with a node: it connects, says Hello, numbers and acknowledges control
// messages, and takes the session up again on another connection when one is lost. Spec: wire.md §§1–4.
package link
