// Package room knows who is in which room, what they publish and what they may do. It does no I/O and has no clock of
// its own. Spec: wire.md §§1.5, 1.6, 2.5–2.7.
package room
