package transport

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// tcpRoundTrip returns the kernel's smoothed round trip, and on top how long what it has not sent yet will take to leave; 0
// if conn is no TCP connection.
func tcpRoundTrip(conn net.Conn) time.Duration {
	tcp := tcpConn(conn)
	if tcp == nil {
		return 0
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	var rtt time.Duration
	raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			return
		}
		rtt = time.Duration(info.Rtt) * time.Microsecond
		if info.Delivery_rate > 0 {
			rtt += time.Duration(uint64(info.Notsent_bytes) * uint64(time.Second) / info.Delivery_rate)
		}
	})
	return rtt
}
