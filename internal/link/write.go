package link

import (
	"errors"
	"time"

	"github.com/openconfab/confab/internal/transport"
)

// turn is how many messages and objects gather before they are sent and the goroutine looks around.
const turn = 32

// writeAll sends everything over one ordered pipe: control first, then sound, then video.
func (a *attachment) writeAll() {
	w := newVideoWriter(a)
	for {
		a.conn.Cork()
		sent := 0
		for sent < turn && (a.writeControl() || a.writeAudio() || w.writeNext()) {
			sent++
		}
		if a.conn.Uncork() != nil || !w.await(sent == turn) {
			return
		}
	}
}

// writeUrgent sends control messages and sound beside the video.
func (a *attachment) writeUrgent() {
	for {
		for a.writeControl() || a.writeAudio() {
		}
		select {
		case <-a.wake:
		case <-a.conn.Done():
			return
		}
	}
}

// writeVideo sends video on a multiplexed connection.
func (a *attachment) writeVideo() {
	w := newVideoWriter(a)
	for {
		for w.writeNext() {
		}
		if !w.await(false) {
			return
		}
	}
}

// startVideo starts the goroutine that sends video, which who publishes none does without.
func (l *Link) startVideo(a *attachment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !a.videoSent && !a.over && l.ctx.Err() == nil {
		a.videoSent = true
		l.tasks.Go(a.writeVideo)
	}
}

// writeControl sends the next control message. It returns false when there is none or the connection is gone.
func (a *attachment) writeControl() bool {
	msg, numbered := a.nextControl()
	if msg == nil || a.conn.WriteControl(msg) != nil {
		return false
	}
	if numbered {
		a.sent++
		a.pace.note(time.Now())
	}
	return true
}

func (a *attachment) nextControl() (msg []byte, numbered bool) {
	a.link.mu.Lock()
	defer a.link.mu.Unlock()
	if len(a.posted) > 0 {
		msg = a.posted[0]
		a.posted = a.posted[1:]
		return msg, false
	}
	if a.link.current != a || a.held() {
		return nil, false
	}
	return a.session.outbox.next(a.sent + 1), true
}

// held reports whether the next numbered message has to wait, and rouses the writer when it need no longer.
func (a *attachment) held() bool {
	now := time.Now()
	wait := a.pace.wait(now, paceFactor*int(a.session.limits.GetControlMessagesPerSecond()))
	if wait > 0 && !a.pace.until.After(now) && a.session.outbox.next(a.sent+1) != nil {
		a.pace.until = now.Add(wait)
		time.AfterFunc(wait, a.rouse)
	}
	return wait > 0
}

// writeAudio sends the next object of sound: as a datagram if it fits one, else on a stream of its own. Spec: wire.md §3.5.
func (a *attachment) writeAudio() bool {
	o, ok := a.link.uplink.takeAudio(a, time.Now())
	if !ok {
		return false
	}
	defer o.Object.Release()
	err := transport.ErrDatagramTooLarge
	if a.conn.Multiplexed() {
		err = a.conn.SendDatagram(o.Alias, o.Object)
	}
	if errors.Is(err, transport.ErrDatagramTooLarge) || errors.Is(err, transport.ErrDatagramsUnsupported) {
		err = a.writeAlone(o)
	}
	a.link.uplink.sent(o.Object, err)
	return err == nil || a.conn.Context().Err() == nil
}

func (a *attachment) writeAlone(o Outgoing) error {
	g, err := a.conn.OpenGroup(o.Alias)
	if err != nil {
		return err
	}
	g.SetUrgency(transport.UrgencyAudio)
	if a.conn.Multiplexed() {
		a.link.uplink.wroteBytes(a, pipeSize(a, o, true), time.Now())
	}
	if err := g.Write(o.Object); err != nil {
		g.Reset()
		return err
	}
	return g.Close()
}

// videoWriter sends the objects of video. It belongs to one goroutine.
type videoWriter struct {
	*attachment
	groups map[uint64]*openGroup
	// timer is for the next probe.
	timer *time.Timer
}

// openGroup is the group that is being sent of a layer.
type openGroup struct {
	transport.Group
	number  uint64
	urgency transport.Urgency
}

func newVideoWriter(a *attachment) *videoWriter {
	w := &videoWriter{attachment: a, groups: map[uint64]*openGroup{}, timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	return w
}

// await waits until there is something to send or to learn, unless there is anyway. It returns false when the connection has
// ended.
func (w *videoWriter) await(more bool) bool {
	if every := w.link.uplink.probe(w.attachment); every > 0 {
		now := time.Now()
		w.link.mu.Lock()
		wait := w.pinged.Add(every).Sub(now)
		w.link.mu.Unlock()
		if wait <= 0 {
			w.ping(now)
			wait = every
		}
		w.timer.Reset(wait)
		defer w.timer.Stop()
	}
	if more {
		return w.conn.Context().Err() == nil
	}
	select {
	case <-w.wakeVideo:
		return true
	case <-w.timer.C:
		return true
	case <-w.conn.Done():
		return false
	}
}

// writeNext sends the next object of video. It returns false when there is none or the connection is gone.
func (w *videoWriter) writeNext() bool {
	u := &w.link.uplink
	o, layer := u.takeVideo(w.attachment, time.Now())
	if layer == nil {
		return false
	}
	if o.Object == nil {
		w.end(o.Alias)
		u.finished(layer)
		return true
	}
	defer o.Object.Release()
	err := w.write(o, layer)
	u.wrote(layer, o.Object, err)
	return err == nil || w.conn.Context().Err() == nil
}

func (w *videoWriter) write(o Outgoing, layer *videoLayer) error {
	g := w.groups[o.Alias]
	if g != nil && g.number != o.Object.Group {
		w.end(o.Alias)
		g = nil
	}
	if g == nil {
		group, err := w.conn.OpenGroup(o.Alias)
		if err != nil {
			return err
		}
		if !w.link.uplink.opened(layer, o.Object.Group, group) {
			group.Reset()
			return transport.ErrStale
		}
		g = &openGroup{Group: group, number: o.Object.Group, urgency: transport.UrgencyRest}
		w.groups[o.Alias] = g
	}
	if g.urgency != o.Urgency {
		g.urgency = o.Urgency
		g.SetUrgency(o.Urgency)
	}
	if err := g.Write(o.Object); err != nil {
		g.Reset()
		delete(w.groups, o.Alias)
		return err
	}
	return nil
}

// end ends the group that is open of a layer, if there is one.
func (w *videoWriter) end(alias uint64) {
	if g := w.groups[alias]; g != nil {
		delete(w.groups, alias)
		// One that was reset has ended already.
		_ = g.Close()
	}
}
