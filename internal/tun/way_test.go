package tun_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/tun"
	"github.com/openconfab/confab/internal/virtualtime"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// arrivals notes when which packet arrived.
type arrivals struct {
	since time.Time
	notes []string
}

func (a *arrivals) Write(b []byte) (int, error) {
	a.notes = append(a.notes, fmt.Sprintf("%s after %v", b, time.Since(a.since)))
	return len(b), nil
}

func TestWay(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		at := &arrivals{since: time.Now()}
		path := simnet.NewPath(simnet.Link{Latency: 80 * time.Millisecond}, 1)
		w := tun.NewWay(at, path)
		packet := []byte("a")
		w.Carry(packet)
		copy(packet, "b")
		time.Sleep(10 * time.Millisecond)
		w.Carry(packet)
		time.Sleep(time.Second)
		path.Set(simnet.Link{Loss: 1})
		w.Carry([]byte("lost"))
		path.Set(simnet.Link{})
		w.Carry([]byte("c"))
		synctest.Wait()
		path.Set(simnet.Link{Latency: time.Hour})
		w.Carry([]byte("late"))
		w.Close()
		if got, want := fmt.Sprint(at.notes), "[a after 80ms b after 90ms c after 1.01s]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
