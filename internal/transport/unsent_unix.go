//go:build linux || darwin

package transport

import (
	"net"

	"golang.org/x/sys/unix"
)

// limitUnsent makes writes to conn wait while more than about unsentLimit bytes have not left yet, so that what is
// queued here can still be reordered or dropped. What is on its way and not acknowledged does not count.
func limitUnsent(conn net.Conn) {
	tcp := tcpConn(conn)
	if tcp == nil {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsentLimit)
	})
}
