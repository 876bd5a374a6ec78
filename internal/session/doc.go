// Package session keeps the node's side of a client's session, over one or many connections: admission, the numbered
// control messages that survive a change of connection, resuming, and sending what the relay has queued.
// Spec: wire.md §§1–6.
package session
