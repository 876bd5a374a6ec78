package cluster_test

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/tun"
)

// network joins hosts, whose packets this process carries from one to the other. Its first host is this process.
type network struct {
	t      *testing.T
	number int
	hosts  []*host
	// ways are from one to another, by their places in hosts.
	ways map[[2]int]way
}

type way struct {
	*tun.Way
	path *simnet.Path
}

// host is a network namespace.
type host struct {
	network *network
	addr    netip.Addr
	device  *os.File
	// pid is the process that holds the namespace, 0 for that of this process.
	pid int
}

var networks atomic.Int32

// newNetwork makes a network of so many hosts besides this process, for the time of the test.
func newNetwork(t *testing.T, hosts int) *network {
	t.Helper()
	n := &network{t: t, number: int(networks.Add(1)), ways: map[[2]int]way{}}
	for range hosts + 1 {
		n.add()
	}
	for from := range n.hosts {
		for to, h := range n.hosts {
			path := simnet.NewPath(simnet.Link{}, uint64(from<<8|to))
			n.ways[[2]int{from, to}] = way{tun.NewWay(h.device, path), path}
		}
	}
	var carrying sync.WaitGroup
	for from := range n.hosts {
		carrying.Go(func() { n.carry(from) })
	}
	t.Cleanup(func() {
		for _, h := range n.hosts {
			// What it still holds is of no interest.
			_ = h.device.Close()
		}
		carrying.Wait()
		for _, w := range n.ways {
			w.Close()
		}
	})
	return n
}

// add adds a host; the first is this process.
func (n *network) add() {
	n.t.Helper()
	h := &host{network: n, addr: netip.AddrFrom4([4]byte{198, 18, byte(n.number), byte(1 + len(n.hosts))})}
	name := fmt.Sprintf("tun%d-%d", n.number, len(n.hosts))
	device, err := tun.Open(name)
	if err != nil {
		n.t.Fatal(err)
	}
	h.device = device
	if len(n.hosts) > 0 {
		h.pid = hold(n.t)
		run(n.t, exec.Command("ip", "link", "set", name, "netns", fmt.Sprint(h.pid)))
	}
	run(n.t, h.command("ip", "addr", "add", h.addr.String()+"/24", "dev", name))
	run(n.t, h.command("ip", "link", "set", name, "up"))
	n.hosts = append(n.hosts, h)
}

// hold starts a process in a network namespace of its own, which ends with this one.
func hold(t *testing.T) (pid int) {
	t.Helper()
	cmd := exec.Command("unshare", "--net", "sh", "-c", "ip link set lo up && echo made && exec cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the holder of a namespace: %v", err)
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "made\n" {
		t.Fatalf("no network namespace: %q, %v", line, err)
	}
	return cmd.Process.Pid
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(cmd.Args, " "), err, out)
	}
}

// command returns a command that runs at the host.
func (h *host) command(name string, args ...string) *exec.Cmd {
	if h.pid == 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("nsenter", append([]string{fmt.Sprintf("--net=/proc/%d/ns/net", h.pid), name}, args...)...)
}

// carry carries what comes from a host until the network is taken down.
func (n *network) carry(from int) {
	const destination, version4 = 16, 4
	buf := make([]byte, tun.MaxPacket)
	for {
		size, err := n.hosts[from].device.Read(buf)
		if err != nil {
			if err != io.EOF && !strings.Contains(err.Error(), os.ErrClosed.Error()) {
				n.t.Errorf("%s: %v", n.hosts[from].addr, err)
			}
			return
		}
		packet := buf[:size]
		if size < destination+4 || packet[0]>>4 != version4 {
			continue
		}
		if w, ok := n.ways[[2]int{from, int(packet[destination+3]) - 1}]; ok {
			w.Carry(packet)
		}
	}
}

// set makes the way between two hosts one of that kind, in both directions.
func (n *network) set(a, b *host, l simnet.Link) {
	for _, pair := range [][2]*host{{a, b}, {b, a}} {
		n.ways[[2]int{pair[0].place(), pair[1].place()}].path.Set(l)
	}
}

func (h *host) place() int { return int(h.addr.As4()[3]) - 1 }
