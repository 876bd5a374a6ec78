//go:build linux || darwin

package transport

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func unsentMark(t *testing.T, conn *net.TCPConn) (mark int) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { mark, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT) })
	if err != nil {
		t.Fatal(err)
	}
	return mark
}
