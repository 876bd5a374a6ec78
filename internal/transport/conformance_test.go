package transport

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/wire"
)

func TestControlGoesBothWays(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		for _, msg := range []string{"", "a", strings.Repeat("b", 200), strings.Repeat("c", 60_000)} {
			if err := p.client.WriteControl([]byte(msg)); err != nil {
				t.Fatal(err)
			}
			wantControl(t, p.server, msg)
			if err := p.server.WriteControl([]byte(msg)); err != nil {
				t.Fatal(err)
			}
			wantControl(t, p.client, msg)
		}
		if p.client.Kind() != p.server.Kind() || p.client.Multiplexed() != (p.client.Kind() == WebTransport) {
			t.Error("the ends do not agree on what they are")
		}
		if _, _, err := net.SplitHostPort(p.server.RemoteAddr()); err != nil {
			t.Error(err)
		}
	})
}

func TestControlOverTheLimitIsMalformed(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		p.server.SetControlLimit(100)
		p.client.WriteControl(bytes.Repeat([]byte("x"), 100))
		wantControl(t, p.server, strings.Repeat("x", 100))
		p.client.WriteControl(bytes.Repeat([]byte("x"), 101))
		_, err := p.server.ReadControl()
		wantError(t, err, &wire.Error{Code: wire.CodeMalformed})

		if err := p.server.WriteControl([]byte("what is wrong")); err != nil {
			t.Fatalf("telling the client: %v", err)
		}
		p.server.Close(wire.CodeOf(err))
		wantControl(t, p.client, "what is wrong")
		_, err = p.client.ReadControl()
		wantError(t, err, &wire.Error{Code: wire.CodeMalformed})
	})
}

func TestGroupsArriveInOrder(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		for _, ends := range [][2]Conn{{p.client, p.server}, {p.server, p.client}} {
			from, to := ends[0], receiveFrom(t, ends[1], 4<<20)
			g, err := from.OpenGroup(700)
			if err != nil {
				t.Fatal(err)
			}
			g.SetUrgency(UrgencyCameraBase)
			for number, size := range []int{300_000, 1, 120, 4000, gatherLimit - 3, gatherLimit + 100, 70_000} {
				o := object(9, uint64(number), size)
				if err := g.Write(o); err != nil {
					t.Fatal(err)
				}
				to.want(t, 700, o)
				o.Release()
			}
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestLargestObject(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		to := receiveFrom(t, p.server, 4<<20)
		g, err := p.client.OpenGroup(1)
		if err != nil {
			t.Fatal(err)
		}
		o := object(1, 0, 4<<20-3)
		defer o.Release()
		written := make(chan struct{})
		go func() {
			defer close(written)
			g.Write(o)
			g.Close()
		}()
		to.want(t, 1, o)
		<-written
	})
}

func TestObjectOverTheLimitIsDroppedAndTheSessionLives(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		to := receiveFrom(t, p.server, 1000)
		for _, size := range []int{998, 300_000} {
			g, err := p.client.OpenGroup(1)
			if err != nil {
				t.Fatal(err)
			}
			o := object(1, 0, size)
			// The other side may stop the group while this side is still writing.
			if err := g.Write(o); err != nil && err != ErrStale {
				t.Fatal(err)
			}
			o.Release()
			to.wantFault(t, wire.CodeObjectTooLarge)
		}
		g, err := p.client.OpenGroup(2)
		if err != nil {
			t.Fatal(err)
		}
		o := object(2, 0, 997)
		defer o.Release()
		if err := g.Write(o); err != nil {
			t.Fatal(err)
		}
		to.want(t, 2, o)
		p.client.WriteControl([]byte("alive"))
		wantControl(t, p.server, "alive")
	})
}

func TestManyGroupsAtOnce(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		const groups, objects = 20, 10
		to := receiveFrom(t, p.client, 1<<20)
		p.server.Cork()
		open := make([]Group, groups)
		for alias := range open {
			g, err := p.server.OpenGroup(uint64(alias))
			if err != nil {
				t.Fatal(err)
			}
			open[alias] = g
		}
		for number := range uint64(objects) {
			for _, g := range open {
				o := object(1, number, 700)
				if err := g.Write(o); err != nil {
					t.Fatal(err)
				}
				o.Release()
			}
		}
		if err := p.server.Uncork(); err != nil {
			t.Fatal(err)
		}
		next := make([]uint64, groups)
		for range groups * objects {
			got := <-to.objects
			if got.object.Number != next[got.alias] {
				t.Fatalf("object %d of group %d came, want %d", got.object.Number, got.alias, next[got.alias])
			}
			next[got.alias]++
			got.object.Release()
		}
	})
}

func TestDatagram(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		to := receiveFrom(t, p.server, 4<<20)
		o := object(1, 5, 120)
		defer o.Release()
		err := p.client.SendDatagram(3, o)
		if p.client.Kind() == WebSocket {
			wantError(t, err, ErrDatagramsUnsupported)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		to.want(t, 3, o)
		large := object(1, 6, 20_000)
		defer large.Release()
		wantError(t, p.client.SendDatagram(3, large), ErrDatagramTooLarge)
		if err := p.client.SendDatagram(3, o); err != nil {
			t.Error(err)
		}
		to.want(t, 3, o)
	})
}

func TestOrderlyEnd(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		for _, ends := range [][2]Conn{{p.client, p.server}} {
			to := receiveFrom(t, ends[1], 1000)
			ends[0].WriteControl([]byte("last words"))
			ends[0].Close("")
			wantControl(t, ends[1], "last words")
			_, err := ends[1].ReadControl()
			wantError(t, err, io.EOF)
			wantError(t, <-to.ended, io.EOF)
			<-ends[1].Done()
			<-ends[1].Context().Done()
			wantError(t, ends[1].WriteControl(nil), io.EOF)
		}
	})
}

func TestCloseReasonReachesTheOtherSide(t *testing.T) {
	for _, code := range []string{wire.CodeReplaced, wire.CodeRoomFull, "from-the-future"} {
		t.Run(code, func(t *testing.T) {
			conform(t, func(t *testing.T, p *pair) {
				to := receiveFrom(t, p.client, 1000)
				p.server.WriteControl([]byte("why"))
				p.server.Close(code)
				wantControl(t, p.client, "why")
				_, err := p.client.ReadControl()
				wantError(t, err, &wire.Error{Code: code})
				wantError(t, <-to.ended, &wire.Error{Code: code})
			})
		})
	}
}

func TestEveryCallFailsAfterClose(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		to := receiveFrom(t, p.server, 1000)
		open, err := p.server.OpenGroup(1)
		if err != nil {
			t.Fatal(err)
		}
		reading := make(chan error)
		go func() {
			_, err := p.server.ReadControl()
			reading <- err
		}()
		p.server.Close(wire.CodeRemoved)
		p.server.Close("a second close changes nothing")
		<-p.server.Done()
		o := object(1, 0, 10)
		defer o.Release()
		_, openErr := p.server.OpenGroup(1)
		for name, err := range map[string]error{
			"ReadControl under way": <-reading,
			"ReceiveObjects":        <-to.ended,
			"WriteControl":          p.server.WriteControl([]byte("x")),
			"OpenGroup":             openErr,
			"Write":                 open.Write(o),
			"SendDatagram":          p.server.SendDatagram(1, o),
			"Uncork":                p.server.Uncork(),
		} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = p.client.ReadControl()
		wantError(t, err, &wire.Error{Code: wire.CodeRemoved})
	})
}

// A peer that reads nothing makes writes wait, without end; Close sets them free.
func TestNeverReadingPeer(t *testing.T) {
	conform(t, func(t *testing.T, p *pair) {
		g, err := p.server.OpenGroup(1)
		if err != nil {
			t.Fatal(err)
		}
		wrote := make(chan error)
		go func() {
			o := object(1, 0, 4<<20-10)
			defer o.Release()
			for {
				if err := g.Write(o); err != nil {
					wrote <- err
					return
				}
			}
		}()
		p.server.Close(wire.CodeSlowClient)
		wantError(t, <-wrote, net.ErrClosed)
	})
}
