//go:build linux || darwin

package transport

import "golang.org/x/sys/unix"

// writeAtOnce writes to a socket that does not block, and returns how many bytes it took.
func writeAtOnce(fd int, pair [][]byte) int {
	for {
		var n int
		var err error
		if len(pair[1]) == 0 {
			n, err = unix.Write(fd, pair[0])
		} else {
			n, err = unix.Writev(fd, pair)
		}
		if err != unix.EINTR {
			return max(n, 0)
		}
	}
}
