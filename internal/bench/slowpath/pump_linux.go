package slowpath

import (
	"os"
	"time"

	"github.com/openconfab/confab/internal/simnet"
)

const (
	// maxPacket is the largest packet a TUN device hands over.
	maxPacket = 64 << 10
	// underWay is how many packets can be between the two ends: more than the link's bandwidth and queue let in.
	underWay = 4096
)

// packet is on its way.
type packet struct {
	bytes  []byte
	leaves time.Time
}

// pump carries packets from one device to the other until the path is closed.
func (p *path) pump(from, to *os.File, way *simnet.Path) {
	travelling := make(chan packet, underWay)
	p.pumps.Go(func() {
		defer close(travelling)
		buf := make([]byte, maxPacket)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			leaves, ok := way.Carry(n, time.Now())
			if !ok {
				continue
			}
			select {
			case travelling <- packet{append([]byte(nil), buf[:n]...), leaves}:
			default:
			}
		}
	})
	p.pumps.Go(func() {
		for next := range travelling {
			timer := time.NewTimer(time.Until(next.leaves))
			select {
			case <-timer.C:
			case <-p.stop:
				timer.Stop()
				continue
			}
			// A device that is not up loses packets, as a cable does that nobody plugged in.
			_, _ = to.Write(next.bytes)
		}
	})
}
