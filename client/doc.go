// Package client is Confab for Go programs: it joins a meeting, publishes and receives encrypted media, and sends and
// receives messages. Robots, recorders, bots and load tests stand on it.
//
// [Join] enters a room by its invitation link and returns a [Room], which keeps itself connected: it resumes over
// interruptions, joins anew after the node's restart, and publishes and subscribes again by itself.
//
// Everything is encrypted end to end (spec/e2ee.md), unless [InsecureNone] was chosen. Encoding and decoding are the
// program's: it writes and reads encoded frames (package media).
package client
