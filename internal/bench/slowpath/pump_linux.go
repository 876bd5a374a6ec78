package slowpath

import (
	"os"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/tun"
)

// pump carries packets from one device to the other until the path is closed.
func (p *path) pump(from, to *os.File, along *simnet.Path) {
	way := tun.NewWay(to, along)
	p.pumps.Go(func() {
		defer way.Close()
		buf := make([]byte, tun.MaxPacket)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			way.Carry(buf[:n])
		}
	})
}
