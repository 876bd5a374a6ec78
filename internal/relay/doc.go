// Package relay forwards opaque objects from the tracks of publishers to the queues of subscribers, and decides what a
// subscriber whose path is too slow does without. It never looks into a payload and does no I/O of its own: a session
// takes from a [Queue] what is to be sent next. Spec: wire.md §§3, 5, 8.
package relay
