package cluster_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"

	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
)

const (
	// socketVariable names the socket that leads out of the tests' network to the server of Apache Iggy.
	socketVariable = "CONFAB_TEST_CLUSTER_IGGY"
	// passageVariable is set in a process that leads from an address to that socket.
	passageVariable = "CONFAB_TEST_CLUSTER_PASSAGE"
)

// passage leads connections to another place. One that listens on a socket of the file system is in every network.
type passage struct {
	listener      net.Listener
	network, addr string
	leading       sync.WaitGroup
}

// openPassage begins to lead from a listener; close ends it.
func openPassage(from net.Listener, network, addr string) *passage {
	p := &passage{listener: from, network: network, addr: addr}
	p.leading.Go(p.run)
	return p
}

// leadToIggy opens a passage from a socket to the server that the environment names.
func leadToIggy(socket string) (*passage, error) {
	to, err := url.Parse(os.Getenv(iggytest.Variable))
	if err != nil {
		return nil, fmt.Errorf("%s can't be read", iggytest.Variable)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	return openPassage(l, "tcp", to.Host), nil
}

// servePassage leads from an address to the socket, for as long as the process lives.
func servePassage(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	openPassage(l, "unix", os.Getenv(socketVariable)).leading.Wait()
	return nil
}

// close leads nobody else, and waits for those who are being led.
func (p *passage) close() {
	p.listener.Close()
	p.leading.Wait()
}

func (p *passage) run() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.leading.Go(func() { p.lead(near) })
	}
}

func (p *passage) lead(near net.Conn) {
	defer near.Close()
	far, err := net.Dial(p.network, p.addr)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far)
		near.Close()
	})
	_, _ = io.Copy(far, near)
	far.Close()
	back.Wait()
}
