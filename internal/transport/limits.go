package transport

import "time"

// What a peer may make this side hold or wait for.
const (
	// helloTimeout is how long a new connection may take to its control stream. The Hello itself is the caller's to
	// time. Spec: wire.md §1.4.
	helloTimeout = 5 * time.Second
	// handshakeTimeout bounds the HTTP part of an upgrade.
	handshakeTimeout = 5 * time.Second
	// closeTimeout is how long a closed connection lingers, so that what was sent before Close arrives.
	closeTimeout = 500 * time.Millisecond

	// acknowledgeTime lets the end of a control stream be acknowledged before its session is closed. Chromium loses the
	// code of a session that closes by the very packet that acknowledges the end of one of its streams.
	acknowledgeTime = 50 * time.Millisecond

	// defaultControlLimit holds until SetControlLimit: what may come before a Hello was accepted. Spec: wire.md §1.4.
	defaultControlLimit = 64 << 10

	// readAhead is what a node's connection buffers of what comes. Larger pieces are read into their place.
	readAhead = 1 << 10

	// unfinishedObjects bounds the bytes of objects that have begun to arrive on one connection but are not complete.
	unfinishedObjects = 16 << 20

	// gatherLimit is the largest object that is copied to share a write with what surrounds it. Larger ones are written
	// from where they are, for the copy would cost more than the extra write.
	gatherLimit = 8 << 10
	// tlsRecord is what a TLS record holds: what is written in one piece with a large object should fill the first.
	tlsRecord = 16 << 10
	// eagerLimit is the largest object that is written by one who must not wait: what is not taken of it has to be copied. A
	// path rarely takes a larger one at once.
	eagerLimit = 64 << 10
	// corkLimit is how much gathers before a corked WebSocket writes nevertheless.
	corkLimit = 32 << 10
	// unsentLimit is how much may wait in the kernel of a WebSocket: about 200 ms of a video. Spec: wire.md §3.7.
	unsentLimit = 32 << 10

	maxHeaderBytes = 16 << 10
)

// QUIC's limits. A window bounds what a peer can have sent that was not read here.
const (
	idleTimeout     = 20 * time.Second
	keepAlivePeriod = 5 * time.Second

	initialStreamWindow     = 512 << 10
	maxStreamWindow         = 2 << 20
	initialConnectionWindow = 1 << 20
	maxConnectionWindow     = 6 << 20

	// A client needs its CONNECT request and its control stream.
	serverIncomingStreams = 8
	// A client sends a stream a group for few tracks; HTTP/3 takes three.
	serverIncomingUniStreams = 256
	// A node sends a stream a group for every track of a room.
	clientIncomingUniStreams = 1024

	// unverifiedHandshakes is how many handshakes may be under way before newcomers must prove their address first.
	unverifiedHandshakes = 128
)
