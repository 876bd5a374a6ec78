package simnet

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
)

func listen(t *testing.T, h *Host) net.PacketConn {
	t.Helper()
	s, err := h.ListenPacket(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// receive reads until nothing has come for a minute, and returns what came and when.
func receive(t *testing.T, s net.PacketConn) (packets []string, after []time.Duration) {
	t.Helper()
	start := time.Now()
	for b := make([]byte, 2000); ; {
		s.SetReadDeadline(time.Now().Add(time.Minute))
		n, _, err := s.ReadFrom(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return packets, after
		}
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, string(b[:n]))
		after = append(after, time.Since(start))
	}
}

func TestPacketsTakeTheLatencyOfBothLinks(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := New(1)
		a := listen(t, n.Host("10.0.0.1", Link{Latency: 10 * time.Millisecond}, Link{}))
		b := listen(t, n.Host("10.0.0.2", Link{}, Link{Latency: 5 * time.Millisecond}))
		a.WriteTo([]byte("one"), b.LocalAddr())
		a.WriteTo([]byte("two"), b.LocalAddr())
		packets, after := receive(t, b)
		if !slices.Equal(packets, []string{"one", "two"}) {
			t.Errorf("got %q", packets)
		}
		if want := 15 * time.Millisecond; !slices.Equal(after, []time.Duration{want, want}) {
			t.Errorf("after %v, want %v", after, want)
		}
	})
}

func TestPacketsAreSpacedByTheBandwidthAndDroppedByTheQueue(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := New(1)
		sender := n.Host("10.0.0.1", Link{Bandwidth: 8_000_000, Queue: 3000}, Link{})
		a, b := listen(t, sender), listen(t, n.Host("10.0.0.2", Link{}, Link{}))
		for range 5 {
			a.WriteTo(make([]byte, 1000), b.LocalAddr())
		}
		_, after := receive(t, b)
		if want := []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond}; !slices.Equal(after, want) {
			t.Errorf("after %v, want %v", after, want)
		}
		if up, _ := sender.Lost(); up != 2 {
			t.Errorf("%d were lost, want 2", up)
		}
	})
}

func TestLossFollowsFromTheSeed(t *testing.T) {
	run := func(seed uint64) (got []string) {
		virtualtime.Test(t, func(t *testing.T) {
			n := New(seed)
			a := listen(t, n.Host("10.0.0.1", Link{Loss: 0.3, Jitter: 20 * time.Millisecond}, Link{}))
			b := listen(t, n.Host("10.0.0.2", Link{}, Link{}))
			for i := range 1000 {
				a.WriteTo(fmt.Append(nil, i), b.LocalAddr())
			}
			got, _ = receive(t, b)
		})
		return got
	}
	first := run(7)
	if len(first) < 640 || len(first) > 760 {
		t.Errorf("%d of 1000 arrived, want about 700", len(first))
	}
	if slices.IsSorted(first) {
		t.Error("jitter reordered nothing")
	}
	if !slices.Equal(first, run(7)) {
		t.Error("the same seed gave another result")
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed gave the same result")
	}
}

func TestPacketEdges(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := New(1)
		h := n.Host("10.0.0.1", Link{}, Link{})
		a, b := listen(t, h), listen(t, h)
		if _, err := h.ListenPacket(uint16(a.LocalAddr().(*net.UDPAddr).Port)); !errors.Is(err, errAddressInUse) {
			t.Errorf("the port was given twice: %v", err)
		}
		if _, err := a.WriteTo([]byte("x"), &net.UDPAddr{IP: net.IPv4(10, 9, 9, 9), Port: 1}); err != nil {
			t.Errorf("to nowhere: %v", err)
		}
		a.WriteTo(make([]byte, maxPacket+1), b.LocalAddr())
		if packets, _ := receive(t, b); len(packets) != 0 {
			t.Errorf("an oversized packet arrived")
		}
		b.SetReadDeadline(time.Time{})
		done := make(chan error)
		go func() {
			_, _, err := b.ReadFrom(nil)
			done <- err
		}()
		synctest.Wait()
		b.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read that was closed: %v", err)
		}
		if _, err := b.WriteTo(nil, a.LocalAddr()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write after close: %v", err)
		}
	})
}
