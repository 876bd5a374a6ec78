package transport

import (
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
)

func TestWebTransportGroupVectors(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{})
	for _, c := range loadVectors(t).GroupStreams {
		r := n.rawSession(t)
		to := receiveFrom(t, r.server, c.MaxObject)
		r.uniStream(c.Bytes)
		for i, want := range c.Objects {
			got := <-to.objects
			if string(got.object.Bytes()) != string(want) {
				t.Errorf("%s: object %d is %x", c.Name, i, got.object.Bytes())
			}
			got.object.Release()
		}
		if c.Error != nil {
			to.wantFault(t, *c.Error)
		} else if got := r.server.StreamBytes(); len(c.Objects) > 0 && got != uint64(len(c.Bytes)) {
			t.Errorf("%s: %d bytes of %d were counted", c.Name, got, len(c.Bytes))
		}
		// The stream ended alone.
		o := object(1, 1, 10)
		r.uniStream(wire.AppendInGroup(wire.AppendVarint(nil, 9), o))
		to.want(t, 9, o)
		o.Release()
	}
}

func TestWebTransportDatagramVectors(t *testing.T) {
	v := loadVectors(t)
	n := startLoopbackNode(t, nodeConfig{})
	for _, c := range v.Datagrams {
		r := n.rawSession(t)
		to := receiveFrom(t, r.server, c.MaxObject)
		r.session.SendDatagram(c.Bytes)
		o, err := wire.ParseObject(c.Object)
		if err != nil {
			t.Fatal(err)
		}
		to.want(t, c.Alias, o)
		o.Release()
	}
	for _, c := range v.DatagramsRefused {
		r := n.rawSession(t)
		to := receiveFrom(t, r.server, c.MaxObject)
		r.session.SendDatagram(c.Bytes)
		to.wantFault(t, c.Error)
	}
}

func TestWebTransportControlVectors(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{})
	for _, c := range loadVectors(t).ControlStreams {
		r := n.rawSession(t)
		r.server.SetControlLimit(c.Limit)
		if _, err := r.control.Write(c.Bytes); err != nil {
			t.Fatal(err)
		}
		r.control.Close()
		for _, want := range c.Messages {
			wantControl(t, r.server, string(want))
		}
		if c.Error != nil {
			_, err := r.server.ReadControl()
			wantError(t, err, &wire.Error{Code: *c.Error})
			continue
		}
		ended := make(chan error)
		go func() {
			_, err := r.server.ReadControl()
			ended <- err
		}()
		if _, err := io.ReadAll(r.control); err != nil {
			t.Errorf("%s: the node did not end its direction in order: %v", c.Name, err)
		}
		r.session.CloseWithError(0, "")
		wantError(t, <-ended, io.EOF)
	}
}

// A client that ends its control stream and then does nothing is gone all the same.
func TestWebTransportEndedControlStreamEndsTheConnection(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		r := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{}).rawSession(t)
		r.control.Close()
		_, err := r.server.ReadControl()
		wantError(t, err, io.EOF)
		<-r.server.Done()
		wantError(t, r.server.WriteControl(nil), io.EOF)
	})
}

func TestWebTransportResetControlStreamIsMalformed(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawSession(t)
	r.control.CancelWrite(7)
	_, err := r.server.ReadControl()
	wantError(t, err, &wire.Error{Code: wire.CodeMalformed})
}

func TestWebTransportStrayStreamsChangeNothing(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawSession(t)
	to := receiveFrom(t, r.server, 1000)
	stray, err := r.session.OpenStream()
	if err != nil {
		t.Fatal(err)
	}
	stray.Write([]byte("a second bidirectional stream"))
	reset, err := r.session.OpenUniStream()
	if err != nil {
		t.Fatal(err)
	}
	reset.Write([]byte{9, 100, 1, 2, 3})
	reset.CancelWrite(wire.StreamResetStale)
	o := object(1, 1, 10)
	defer o.Release()
	r.uniStream(wire.AppendInGroup(wire.AppendVarint(nil, 9), o))
	to.want(t, 9, o)
	r.control.Write(wire.AppendControl(nil, []byte("alive")))
	wantControl(t, r.server, "alive")
	if len(to.faults) != 0 {
		t.Errorf("fault %v", <-to.faults)
	}
}

func TestWebTransportReceiverStopsMalformedGroups(t *testing.T) {
	r := startLoopbackNode(t, nodeConfig{}).rawSession(t)
	to := receiveFrom(t, r.server, 1000)
	stream, err := r.session.OpenUniStream()
	if err != nil {
		t.Fatal(err)
	}
	stream.Write([]byte{9, 4, 0xff, 0, 0, 0})
	to.wantFault(t, wire.CodeMalformed)
	<-stream.Context().Done()
	_, err = stream.Write([]byte("more"))
	wantError(t, err, &webtransport.StreamError{ErrorCode: wire.StreamResetMalformed, Remote: true})
}

// Objects that have begun to arrive and are not complete cost the node no more than a bound.
func TestWebTransportUnfinishedObjectsAreBounded(t *testing.T) {
	const maxObject = 4 << 20
	r := startLoopbackNode(t, nodeConfig{}).rawSession(t)
	to := receiveFrom(t, r.server, maxObject)
	for range unfinishedObjects/maxObject + 1 {
		stream, err := r.session.OpenUniStream()
		if err != nil {
			t.Fatal(err)
		}
		stream.Write(append(wire.AppendVarint([]byte{9}, maxObject), 1, 2, 3))
	}
	to.wantFault(t, wire.CodeObjectTooLarge)
}

// A stale group that is reset does not hold up its successor, on a path that would take seconds for it.
func TestStaleGroupIsAbandoned(t *testing.T) {
	for name, closeFirst := range map[string]bool{"while writing": false, "after its end": true} {
		t.Run(name, func(t *testing.T) {
			virtualtime.Test(t, func(t *testing.T) {
				slow := simnet.Link{Latency: 20 * time.Millisecond, Bandwidth: 1_000_000}
				p := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, slow).connect(t, WebTransport)
				to := receiveFrom(t, p.client, 4<<20)
				stale, err := p.server.OpenGroup(1)
				if err != nil {
					t.Fatal(err)
				}
				size := 1_000_000
				if closeFirst {
					size = 1000
				}
				wrote := make(chan error, 1)
				go func() {
					o := object(1, 0, size)
					defer o.Release()
					wrote <- stale.Write(o)
				}()
				if closeFirst {
					if err := <-wrote; err != nil {
						t.Fatal(err)
					}
					if err := stale.Close(); err != nil {
						t.Fatal(err)
					}
				} else {
					time.Sleep(time.Second)
				}
				stale.Reset()
				if !closeFirst {
					wantError(t, <-wrote, ErrStale)
				}
				start := time.Now()
				next, err := p.server.OpenGroup(1)
				if err != nil {
					t.Fatal(err)
				}
				o := object(2, 0, 3000)
				defer o.Release()
				if err := next.Write(o); err != nil {
					t.Fatal(err)
				}
				got := <-to.objects
				if closeFirst && got.object.Group == 1 {
					got.object.Release()
					got = <-to.objects
				}
				if got.object.Group != 2 {
					t.Errorf("group %d came", got.object.Group)
				}
				got.object.Release()
				if took := time.Since(start); took > 500*time.Millisecond {
					t.Errorf("the next group took %v", took)
				}
				wantError(t, stale.Write(o), ErrStale)
				if len(to.faults) != 0 {
					t.Errorf("fault %v", <-to.faults)
				}
			})
		})
	}
}

// What is urgent overtakes what is not, on a path that is too slow for both.
func TestUrgentGroupsGoFirst(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		slow := simnet.Link{Latency: 20 * time.Millisecond, Bandwidth: 1_000_000, Queue: 20_000}
		p := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, slow).connect(t, WebTransport)
		to := receiveFrom(t, p.client, 4<<20)
		for alias, urgency := range []Urgency{UrgencyRest, UrgencyCameraBase, UrgencyScreenKeyframe} {
			g, err := p.server.OpenGroup(uint64(alias))
			if err != nil {
				t.Fatal(err)
			}
			g.SetUrgency(urgency)
			go func() {
				o := object(1, 0, 100_000)
				defer o.Release()
				if err := g.Write(o); err != nil {
					t.Error(err)
				}
				g.Close()
			}()
		}
		for want := 2; want >= 0; want-- {
			got := <-to.objects
			if got.alias != uint64(want) {
				t.Errorf("alias %d came, want %d", got.alias, want)
			}
			got.object.Release()
		}
	})
}

func TestGroupsSurviveALossyPath(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		lossy := simnet.Link{Latency: 30 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: 0.05, Bandwidth: 20_000_000}
		p := startSimulatedNode(t, nodeConfig{}, lossy, lossy).connect(t, WebTransport)
		to := receiveFrom(t, p.server, 4<<20)
		go func() {
			for group := range uint64(10) {
				g, err := p.client.OpenGroup(1)
				if err != nil {
					t.Error(err)
					return
				}
				for number := range uint64(10) {
					o := object(group, number, 5000)
					g.Write(o)
					o.Release()
				}
				g.Close()
			}
		}()
		next := make(map[uint64]uint64)
		for range 100 {
			got := <-to.objects
			if got.object.Number != next[got.object.Group] {
				t.Errorf("object %d of group %d came, want %d", got.object.Number, got.object.Group, next[got.object.Group])
			}
			next[got.object.Group]++
			got.object.Release()
		}
	})
}

func TestDeadPathEndsTheConnection(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := startSimulatedNode(t, nodeConfig{}, simnet.Link{}, simnet.Link{})
		p := n.connect(t, WebTransport)
		n.client.SetLinks(simnet.Link{Loss: 1}, simnet.Link{Loss: 1})
		start := time.Now()
		_, err := p.server.ReadControl()
		if err == nil || errors.Is(err, io.EOF) || wire.CodeOf(err) != "" {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took < idleTimeout-keepAlivePeriod || took > idleTimeout+keepAlivePeriod {
			t.Errorf("noticed after %v", took)
		}
		<-p.client.Done()
	})
}

// What a peer does not read is bounded, and then writes wait.
func TestUnreadIsBounded(t *testing.T) {
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			virtualtime.Test(t, func(t *testing.T) {
				p := startSimulatedNode(t, nodeConfig{tls: v.tls}, simnet.Link{}, simnet.Link{}).connect(t, v.kind)
				g, err := p.server.OpenGroup(1)
				if err != nil {
					t.Fatal(err)
				}
				written, stopped := 0, make(chan error)
				go func() {
					o := object(1, 0, 60_000)
					defer o.Release()
					for {
						if err := g.Write(o); err != nil {
							stopped <- err
							return
						}
						written += o.Len()
					}
				}()
				time.Sleep(time.Minute)
				synctest.Wait()
				if written == 0 || written > maxConnectionWindow {
					t.Errorf("%d bytes were accepted", written)
				}
				p.server.Close("")
				<-stopped
			})
		})
	}
}

// The library forgets a control stream that both sides have ended, and then never tells who writes to it that the
// session is over.
func TestWebTransportControlWriterEndsWithTheConnection(t *testing.T) {
	n := startLoopbackNode(t, nodeConfig{})
	r := n.rawSession(t)
	server := r.server.(*wtConn)
	r.control.Close()
	if _, err := io.ReadAll(server.reader); err != nil {
		t.Fatal(err)
	}
	server.control.Close()
	r.session.CloseWithError(0, "")
	<-server.control.Context().Done()
	<-server.Done()
	server.control.Write([]byte("news"))
}
