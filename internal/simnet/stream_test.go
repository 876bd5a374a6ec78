package simnet

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
)

// pair returns both ends of a stream between hosts with the given links.
func pair(t *testing.T, up, down Link) (a, b net.Conn) {
	t.Helper()
	n := New(3)
	server := n.Host("10.0.0.1", Link{}, Link{})
	client := n.Host("10.0.0.2", up, down)
	l, err := server.Listen(443)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	accepted := make(chan net.Conn)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	a, err = client.DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b = <-accepted
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestStreamKeepsOrderAndContentOverALossyLink(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		a, b := pair(t, Link{Latency: 20 * time.Millisecond, Jitter: 30 * time.Millisecond, Loss: 0.1}, Link{})
		sent := make([]byte, 1<<20)
		rand.NewChaCha8([32]byte{1}).Read(sent)
		go func() {
			a.Write(sent)
			a.Close()
		}()
		got, err := io.ReadAll(b)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes came, %v", len(got), err)
		}
	})
}

func TestStreamTakesLatencyAndBandwidth(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		a, b := pair(t, Link{Latency: 50 * time.Millisecond, Bandwidth: 8_000_000}, Link{})
		start := time.Now()
		var wrote time.Duration
		go func() {
			a.Write(make([]byte, 100_000))
			wrote = time.Since(start)
			a.Close()
		}()
		if _, err := io.ReadAll(b); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != 150*time.Millisecond {
			t.Errorf("100 kB at 1 MB/s and 50 ms took %v", got)
		}
		if left := 100_000 - int(wrote.Milliseconds())*1000; left < sendBuffer/2 || left > sendBuffer+2*segmentSize {
			t.Errorf("%d bytes were unsent when the write returned, want about %d", left, sendBuffer)
		}
	})
}

func TestStreamWriteWaitsForTheReader(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		a, b := pair(t, Link{}, Link{})
		a.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := a.Write(make([]byte, streamWindow+1))
		if n != streamWindow || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Time{})
		done := make(chan error)
		go func() {
			_, err := a.Write([]byte("more"))
			done <- err
		}()
		synctest.Wait()
		if _, err := b.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestStreamEnds(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		a, b := pair(t, Link{Latency: time.Second}, Link{})
		a.Write([]byte("last words"))
		a.Close()
		if got, err := io.ReadAll(b); string(got) != "last words" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if _, err := b.Write([]byte("too late")); err == nil {
			t.Error("a write to a closed stream succeeded")
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read after close: %v", err)
		}
		b.SetReadDeadline(time.Now().Add(-time.Second))
		if _, err := b.Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read after its deadline: %v", err)
		}
	})
}

func TestDialNobody(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		h := New(1).Host("10.0.0.1", Link{}, Link{})
		if _, err := h.DialContext(t.Context(), "tcp", "10.0.0.1:1"); err == nil {
			t.Error("somebody answered")
		}
		if _, err := h.DialContext(t.Context(), "tcp", "localhost:1"); err == nil {
			t.Error("a name was resolved")
		}
	})
}
