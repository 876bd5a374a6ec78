package cluster_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
)

const (
	iggyPort = 8090
	// restartVariable names a command that restarts the server of Apache Iggy, and returns when it listens again.
	restartVariable = "CONFAB_TEST_IGGY_RESTART"
)

// deployWithIggy starts nodes that are joined by the server of Apache Iggy that the environment names. They reach it through a host
// of its own. flags are the nodes'.
func deployWithIggy(t *testing.T, count int, flags ...string) *deployment {
	t.Helper()
	server := iggytest.Server(t)
	d := &deployment{network: newNetwork(t, count+1)}
	way := d.hosts[count+1]
	addr := fmt.Sprintf("%s:%d", way.addr, iggyPort)
	d.iggy = &process{
		t: t, host: way, name: "the way to Iggy",
		command: func() *exec.Cmd {
			cmd := way.command(os.Args[0])
			cmd.Env = append(os.Environ(), passageVariable+"="+addr)
			return cmd
		},
		answers: func(ctx context.Context) bool {
			conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
			if err != nil {
				return false
			}
			return conn.Close() == nil
		},
	}
	d.iggy.start()
	near := url.URL{Scheme: server.Scheme, User: server.User, Host: nearIggy(t)}
	stream := iggytest.StreamAt(t, near)
	stream.User, stream.Host = nil, addr
	credentials := t.TempDir() + "/credentials"
	if err := os.WriteFile(credentials, []byte(iggytest.Token(t, near)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.startNodes(d.hosts[1:count+1], func(*host) []string {
		return append([]string{"--backbone", stream.String(), "--iggy-credentials", credentials}, flags...)
	})
	return d
}

// nearIggy returns an address of this process's host at which it reaches the server, whatever happens to the nodes' way to it.
func nearIggy(t *testing.T) string {
	t.Helper()
	run(t, exec.Command("ip", "link", "set", "lo", "up"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := openPassage(l, "unix", os.Getenv(socketVariable))
	t.Cleanup(p.close)
	return l.Addr().String()
}

// at returns those who have joined at a node. They need nothing that joins nodes.
func at(n *process) func(*person) bool { return func(p *person) bool { return p.at == n } }

// TestIggyOutOfReach: every connection to it breaks, and none is made for a moment.
func TestIggyOutOfReach(t *testing.T) {
	t.Parallel()
	d := deployWithIggy(t, nodes)
	c := newCall(t, d.nodes)
	f := fault{began: time.Now(), spared: at(d.nodes[0])}
	d.iggy.end(syscall.SIGKILL)
	d.iggy.start()
	f.ended = time.Now()
	c.judge(f)
}

// TestRestartOfIggy has the server to itself: no other test runs at the time.
func TestRestartOfIggy(t *testing.T) {
	restart := os.Getenv(restartVariable)
	if restart == "" {
		t.Skipf("NOT TESTED: A RESTART OF APACHE IGGY. Set %s to a command that restarts the server", restartVariable)
	}
	d := deployWithIggy(t, nodes)
	c := newCall(t, d.nodes)
	f := fault{began: time.Now(), spared: at(d.nodes[0])}
	// The server is in the network of the process that has started this one.
	run(t, exec.Command("nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", os.Getppid()), "sh", "-c", restart))
	f.ended = time.Now()
	c.judge(f)
}
