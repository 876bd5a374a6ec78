package wire

// ConnectPath is where a node tells how to reach it.
const ConnectPath = "/v1/connect"

// LeavePath is where a page that is being closed takes leave. Spec: wire.md §4.6.
const LeavePath = "/v1/leave"

// ConnectInfo is the JSON document at ConnectPath. Spec: wire.md §1.1.
type ConnectInfo struct {
	// WebTransport is nil when the node has no UDP.
	WebTransport *WebTransportInfo `json:"webtransport,omitempty"`
	WebSocket    WebSocketInfo     `json:"websocket"`
	// Open: a client without a token is let in as a guest.
	Open bool `json:"open"`
}

// WebTransportInfo tells how to connect by WebTransport.
type WebTransportInfo struct {
	URL string `json:"url"`
	// CertificateHashes are SHA-256 of the development certificates in use now and next; none with a certificate that
	// needs no help to be trusted. In JSON they are base64.
	CertificateHashes [][]byte `json:"certificateHashes,omitempty"`
}

// WebSocketInfo tells how to connect by WebSocket.
type WebSocketInfo struct {
	URL string `json:"url"`
}
