//go:build !linux && !darwin

package transport

import "net"

// limitUnsent bounds what waits in the kernel of conn, by a small send buffer. That also bounds what is on its way, and
// so the throughput of long paths.
func limitUnsent(conn net.Conn) {
	if tcp := tcpConn(conn); tcp != nil {
		tcp.SetWriteBuffer(4 * unsentLimit)
	}
}
