package tun

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// MaxPacket is the size in bytes of the largest packet that a device hands over.
const MaxPacket = 64 << 10

// Open makes a device, which hands this process the IP packets that are sent through it, one a Read, and takes those that
// arrive from it, one a Write. It has no address and is not up. It is gone when the file is closed, into whatever network
// namespace it was moved.
func Open(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("opening /dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("making the device %s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
