package transport

import (
	"crypto/tls"
	"net"
)

// tcpConn returns the TCP connection that conn is, or is wrapped around, or nil.
func tcpConn(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// isTLS reports whether conn is encrypted, or is wrapped around what is.
func isTLS(conn net.Conn) bool {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			return true
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return false
		}
	}
}
