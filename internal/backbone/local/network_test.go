package local_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/backbonetest"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/virtualtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestContract(t *testing.T) {
	backbonetest.Run(t, func(t *testing.T) (nodes [3]backbone.Backbone) {
		var network local.Network
		for i := range nodes {
			nodes[i] = network.Join()
			t.Cleanup(func() { nodes[i].Close() })
		}
		return nodes
	})
}

func TestDelayAndCut(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		var network local.Network
		a, b := network.Join(), network.Join()
		defer a.Close()
		defer b.Close()
		came := make(chan string, 3)
		if _, err := b.Subscribe(backbone.Nodes(), func(msg []byte) { came <- string(msg) }); err != nil {
			t.Fatal(err)
		}
		send := func(msg string) {
			if err := a.Publish(backbone.Nodes(), []byte(msg)); err != nil {
				t.Error(err)
			}
		}
		network.SetDelay(80 * time.Millisecond)
		send("slow")
		time.Sleep(79 * time.Millisecond)
		synctest.Wait()
		if len(came) != 0 {
			t.Error("the message came before its time")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		network.SetCut(a, b, true)
		send("lost")
		network.SetCut(a, b, false)
		send("last")
		time.Sleep(time.Second)
		synctest.Wait()
		if first, second := <-came, <-came; first != "slow" || second != "last" || len(came) > 0 {
			t.Errorf("%q and %q came, and %d more", first, second, len(came))
		}
	})
}
