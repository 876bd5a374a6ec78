package cluster_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
)

const (
	nodes = 3
	// long is how long a node is frozen or cut off.
	long = 20 * time.Second
)

// notAt returns those who have not joined at a node.
func notAt(n *process) func(*person) bool { return func(p *person) bool { return p.at != n } }

// backbones are what may join nodes.
var backbones = map[string]func(t *testing.T, count int) *deployment{
	"embedded": deployEmbedded,
	"nats":     deployWithNATS,
}

// onEach runs a test of a call over nodes that are joined by each backbone.
func onEach(t *testing.T, test func(d *deployment, c *call)) {
	t.Parallel()
	for name, deploy := range backbones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, nodes)
			test(d, newCall(t, d.nodes))
		})
	}
}

func TestFrozenNode(t *testing.T) {
	onEach(t, func(d *deployment, c *call) {
		frozen := d.nodes[nodes-1]
		f := fault{began: time.Now(), spared: notAt(frozen), silence: maxGap}
		frozen.signal(syscall.SIGSTOP)
		last(long)
		f.ended = time.Now()
		frozen.signal(syscall.SIGCONT)
		c.judge(f)
	})
}

func TestNodeCutOff(t *testing.T) {
	onEach(t, func(d *deployment, c *call) {
		lonely := d.nodes[nodes-1]
		f := fault{began: time.Now(), spared: notAt(lonely), silence: long - maxGap}
		d.cut(lonely, true)
		last(long)
		f.ended = time.Now()
		d.cut(lonely, false)
		c.judge(f)
	})
}

func TestKilledNode(t *testing.T) {
	onEach(t, func(d *deployment, c *call) {
		dead := d.nodes[nodes-1]
		f := fault{began: time.Now(), spared: notAt(dead), silence: maxGap}
		dead.end(syscall.SIGKILL)
		f.ended = time.Now()
		c.judge(f)
	})
}

func TestRollingRestart(t *testing.T) {
	onEach(t, func(d *deployment, c *call) {
		f := fault{began: time.Now(), spared: everyone, gap: maxMoving}
		for _, n := range d.nodes {
			n.end(syscall.SIGTERM)
			n.start()
			d.awaitJoined()
		}
		f.ended = time.Now()
		c.judge(f)
	})
}

func TestRestartOfNATS(t *testing.T) {
	t.Parallel()
	d := deployWithNATS(t, nodes)
	c := newCall(t, d.nodes)
	f := fault{began: time.Now(), spared: everyone}
	d.nats.end(syscall.SIGTERM)
	d.nats.start()
	f.ended = time.Now()
	c.judge(f)
}

func TestBadNetworkBetweenNodes(t *testing.T) {
	t.Parallel()
	d := deployEmbedded(t, nodes)
	c := newCall(t, d.nodes)
	f := fault{began: time.Now(), spared: everyone}
	for i, a := range d.nodes {
		for _, b := range d.nodes[:i] {
			d.set(a.host, b.host, simnet.Link{Latency: 80 * time.Millisecond, Loss: 0.05})
		}
	}
	last(long)
	f.ended = time.Now()
	c.judge(f)
}
