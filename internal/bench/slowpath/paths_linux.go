package slowpath

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/tun"
)

// Paths are the slow paths of one test. The zero value has none.
type Paths struct{ all []*path }

// path is a namespace and the two devices that lead there.
type path struct {
	namespace string
	// near is the address of the machine's end, far that of the namespace's.
	near, far net.IP
	devices   []*os.File
	pumps     sync.WaitGroup
}

// Open makes n paths. Close takes them away.
func Open(n int) (*Paths, error) {
	if n > Max {
		return nil, fmt.Errorf("slow path: there can be %d, not %d", Max, n)
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("slow path: making a network namespace needs root: run the command with sudo")
	}
	p := &Paths{}
	for i := range n {
		one := &path{}
		p.all = append(p.all, one)
		if err := one.open(i); err != nil {
			return nil, errors.Join(fmt.Errorf("slow path: %w", err), p.Close())
		}
	}
	return p, nil
}

// Reach returns the server's address as it is from behind path i.
func (p *Paths) Reach(i int, server string) string { return reach(server, p.all[i].near) }

// Command returns a command that runs behind path i.
func (p *Paths) Command(ctx context.Context, i int, command []string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", p.all[i].namespace}, command...)...)
}

// Close takes away the paths. Processes behind them have no network any more.
func (p *Paths) Close() error {
	var errs []error
	for _, one := range p.all {
		errs = append(errs, one.close())
	}
	p.all = nil
	return errors.Join(errs...)
}

// network returns the first address of path i's network of four, from those set aside for tests of network devices (RFC 2544).
// Tests of several processes at a time get different ones.
func network(pid, i int) net.IP {
	const perNetwork, processes = 4, 64
	n := (pid%processes*Max + i) * perNetwork
	return net.IPv4(198, byte(18+n>>16), byte(n>>8), byte(n))
}

func (p *path) open(i int) error {
	pid := os.Getpid()
	base := network(pid, i).To4()
	p.near = net.IPv4(base[0], base[1], base[2], base[3]+1)
	p.far = net.IPv4(base[0], base[1], base[2], base[3]+2)
	nearName, farName := fmt.Sprintf("cb%dn%d", pid, i), fmt.Sprintf("cb%df%d", pid, i)
	for _, name := range []string{nearName, farName} {
		device, err := tun.Open(name)
		if err != nil {
			return err
		}
		p.devices = append(p.devices, device)
	}
	namespace := fmt.Sprintf("confab-%d-%d", pid, i)
	if err := ip("netns", "add", namespace); err != nil {
		return err
	}
	p.namespace = namespace
	for _, args := range [][]string{
		{"addr", "add", p.near.String(), "peer", p.far.String(), "dev", nearName},
		{"link", "set", nearName, "up"},
		{"link", "set", farName, "netns", namespace},
		{"-n", namespace, "addr", "add", p.far.String(), "peer", p.near.String(), "dev", farName},
		{"-n", namespace, "link", "set", farName, "up"},
		{"-n", namespace, "route", "add", "default", "dev", farName},
	} {
		if err := ip(args...); err != nil {
			return err
		}
	}
	down, up := simnet.NewPath(Link, uint64(2*i)), simnet.NewPath(Link, uint64(2*i+1))
	p.pump(p.devices[0], p.devices[1], down)
	p.pump(p.devices[1], p.devices[0], up)
	return nil
}

func (p *path) close() error {
	for _, device := range p.devices {
		// A device goes away with its file, and what it still holds is of no interest.
		_ = device.Close()
	}
	p.pumps.Wait()
	if p.namespace == "" {
		return nil
	}
	return ip("netns", "del", p.namespace)
}

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
