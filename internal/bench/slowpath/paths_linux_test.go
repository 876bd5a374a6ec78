package slowpath

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPath: a process behind the path reaches this machine, later and with less than others.
func TestPath(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	paths, err := Open(2)
	if err != nil {
		t.Skipf("this machine does not let root make network devices: %v", err)
	}
	defer func() {
		if err := paths.Close(); err != nil {
			t.Error(err)
		}
	}()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(paths.Reach(1, "http://localhost:"+port), "http://")
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	const bytes = 40_000
	script := "exec 3<>/dev/tcp/" + host + "/" + port + "; head -c 40000 <&3 | wc -c"
	command := paths.Command(t.Context(), 1, []string{"bash", "-c", script})
	counted := make(chan string, 1)
	go func() {
		out, err := command.CombinedOutput()
		if err != nil {
			out = append(out, err.Error()...)
		}
		counted <- strings.TrimSpace(string(out))
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if from := conn.RemoteAddr().String(); !strings.HasPrefix(from, paths.all[1].far.String()+":") {
		t.Errorf("connected from %s", from)
	}
	start := time.Now()
	if _, err := io.Copy(conn, io.LimitReader(zeros{}, bytes)); err != nil {
		t.Fatal(err)
	}
	if got := <-counted; got != "40000" {
		t.Errorf("behind the path: %s", got)
	}
	// No path can be faster than its bandwidth: the least is no matter of timing.
	if took, least := time.Since(start), time.Duration(bytes*8)*time.Second/time.Duration(Link.Bandwidth); took < least {
		t.Errorf("%d bytes took %v, at %d bit/s they need %v", bytes, took, Link.Bandwidth, least)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestReach(t *testing.T) {
	near := net.IPv4(198, 18, 0, 1)
	for server, want := range map[string]string{
		"http://localhost:8080":    "http://198.18.0.1:8080",
		"http://127.0.0.1:8080":    "http://198.18.0.1:8080",
		"http://[::1]:8080":        "http://198.18.0.1:8080",
		"http://localhost":         "http://198.18.0.1",
		"http://192.0.2.7:8080":    "http://192.0.2.7:8080",
		"https://meet.example.com": "https://meet.example.com",
	} {
		if got := reach(server, near); got != want {
			t.Errorf("%s: %s, want %s", server, got, want)
		}
	}
}

// TestNetworks: no two paths of one process, or of processes that follow each other, share an address.
func TestNetworks(t *testing.T) {
	_, all, err := net.ParseCIDR("198.18.0.0/15")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for pid := 1000; pid < 1064; pid++ {
		for i := range Max {
			base := network(pid, i)
			if seen[base.String()] || !all.Contains(base) {
				t.Fatalf("process %d, path %d: %v", pid, i, base)
			}
			seen[base.String()] = true
		}
	}
}
