package server

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
)

// pipeListener accepts what dial makes, in memory, so that its deadlines follow a bubble's clock.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	close(l.closed)
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipeListener) dial() net.Conn {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours
}

func splitPipes(t *testing.T, max int) (*pipeListener, *splitListener, *int) {
	t.Helper()
	inner := newPipeListener()
	refused := new(int)
	dev := newDevCertificates(time.Now, testHosts, "", slog.New(slog.DiscardHandler))
	l := newSplitListener(inner, &tls.Config{GetCertificate: dev.get}, time.Minute, newAddressLimit(max, max), func() { *refused++ })
	return inner, l, refused
}

func TestSplitListenerTellsTLSFromPlain(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		inner, l, _ := splitPipes(t, 10)
		defer l.Close()

		plain := inner.dial()
		defer plain.Close()
		go plain.Write([]byte("GET /"))
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		got := make([]byte, 5)
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "GET /" {
			t.Errorf("read %q, %v", got, err)
		}

		encrypted := tls.Client(inner.dial(), &tls.Config{InsecureSkipVerify: true})
		go encrypted.Handshake()
		conn, err = l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		server, ok := conn.(*tls.Conn)
		if !ok {
			t.Fatalf("a TLS connection came out as %T", conn)
		}
		if err := server.Handshake(); err != nil {
			t.Error(err)
		}
		go conn.Close()
		encrypted.Close()
	})
}

// TestSplitListenerClosesTheSilent: a connection that sends nothing does not hold up others, and is closed in time.
func TestSplitListenerClosesTheSilent(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		inner, l, _ := splitPipes(t, 10)
		defer l.Close()
		silent := inner.dial()
		since := time.Now()

		talking := inner.dial()
		defer talking.Close()
		go talking.Write([]byte("x"))
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()

		if _, err := silent.Read(make([]byte, 1)); err == nil {
			t.Fatal("read something from a connection on which nothing was sent")
		}
		if d := time.Since(since); d != time.Minute {
			t.Errorf("closed after %v", d)
		}
	})
}

func TestSplitListenerLimits(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		inner, l, refused := splitPipes(t, 1)
		defer l.Close()
		first := inner.dial()
		over := inner.dial()
		if _, err := over.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection over the limit: %v", err)
		}
		if *refused != 1 {
			t.Errorf("%d were counted as refused", *refused)
		}
		first.Close()
		synctest.Wait()
		next := inner.dial()
		defer next.Close()
		go next.Write([]byte("x"))
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	})
}

func TestSplitListenerCloseEndsEverything(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		inner, l, _ := splitPipes(t, 10)
		silent, unaccepted := inner.dial(), inner.dial()
		go unaccepted.Write([]byte("x"))
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		for name, c := range map[string]net.Conn{"silent": silent, "unaccepted": unaccepted} {
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := l.Accept(); err != net.ErrClosed {
			t.Errorf("Accept: %v", err)
		}
		l.Close()
	})
}
