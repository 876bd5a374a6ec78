// Package e2ee is Confab's end-to-end encryption, E2EE v1, as spec/e2ee.md states it: post-quantum hybrid channels
// between every two members, pairwise-distributed sender keys, and RFC 9605 SFrame for media and data.
//
// [Session] is the whole of it for one member of one meeting. It does no I/O, reads no clock and starts no
// goroutine: messages and the time are passed in, messages and events are taken out. Everything else in the package
// is what applications need around a session: meeting secrets and links, frame records, safety codes.
package e2ee
