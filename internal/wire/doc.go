// Package wire turns Confab's protocol messages and objects into bytes and back. spec/wire.md is normative, and
// spec/vectors/wire-v1.json is passed by this package and by its TypeScript counterpart.
//
// It does no I/O of its own. Everything that fails because of what the other side sent fails with an *Error whose code
// is one of spec/wire.md §6.
package wire
