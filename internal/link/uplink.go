package link

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
)

const (
	// What has waited longer than this is of no use to anybody.
	maxAudioAge = 500 * time.Millisecond
	maxVideoAge = 2 * time.Second
	// uplinkBytes bounds what waits to leave.
	uplinkBytes = 16 << 20
)

// Outgoing is an object on its way out.
type Outgoing struct {
	Alias   uint64
	Urgency transport.Urgency
	// Object has a reference that is handed over.
	Object *wire.Object
}

func (o *Outgoing) audio() bool { return o.Urgency == transport.UrgencyAudio }

type waiting struct {
	Outgoing
	since time.Time
}

// uplink decides what leaves when: sound at once, video by urgency, and nothing that is late. What does not fit is dropped
// and counted; nothing waits for the path but the goroutines that write. Spec: wire.md §§3.5, 3.7.
type uplink struct {
	abandoned func(alias uint64)

	// mu guards what follows. It is the innermost of all locks.
	mu     sync.Mutex
	to     *attachment
	closed bool
	limit  int
	audio  fifo
	video  map[uint64]*videoLayer
	bytes  int
	counts Stats
	// meter is that of the present connection.
	meter meter
}

// videoLayer is the queue of one layer of video, and how its group goes out on the present connection.
type videoLayer struct {
	fifo
	alias uint64
	// group is the one that is open; its objects are refused when refuse is set, until a newer group begins.
	group  uint64
	begun  bool
	refuse bool
	// open is the group at the transport, set while it has one; writing since when an object is being written.
	open    transport.Group
	writing time.Time
	// underway is how much of the group was written.
	underway int64
}

func (u *uplink) init(abandoned func(uint64)) {
	u.abandoned = abandoned
	u.video = map[uint64]*videoLayer{}
}

// SendObject queues an object, or drops it.
func (l *Link) SendObject(o Outgoing) {
	a, video := l.uplink.add(o, time.Now())
	switch {
	case a == nil:
	case video:
		l.startVideo(a)
		rouse(a.wakeVideo)
	default:
		rouse(a.wake)
	}
}

// add queues an object and returns the connection that it is to leave by, nil when it was dropped.
func (u *uplink) add(o Outgoing, now time.Time) (to *attachment, video bool) {
	size := o.Object.Len()
	u.mu.Lock()
	reset, abandoned, admitted := transport.Group(nil), false, u.to != nil && !u.closed && size <= u.limit
	var v *videoLayer
	if admitted && o.audio() {
		u.expireAudio(now)
	} else if admitted {
		v = u.layer(o.Alias)
		if v.stale(now) {
			reset, abandoned = u.abandon(v), true
		}
		var superseded transport.Group
		if superseded, admitted = u.admit(v, o.Object.Header); superseded != nil {
			reset = superseded
		}
		if admitted && u.bytes+size > uplinkBytes {
			reset, abandoned, admitted = u.abandon(v), true, false
		}
	}
	if admitted {
		to = u.to
		u.bytes += size
		w := waiting{o, now}
		if v == nil {
			u.audio.push(w)
		} else {
			v.push(w)
		}
	} else {
		u.counts.DroppedObjects++
	}
	u.mu.Unlock()

	if !admitted {
		o.Object.Release()
	}
	if reset != nil {
		reset.Reset()
	}
	if abandoned {
		u.abandoned(o.Alias)
	}
	return to, v != nil
}

func (u *uplink) layer(alias uint64) *videoLayer {
	v := u.video[alias]
	if v == nil {
		v = &videoLayer{alias: alias}
		u.video[alias] = v
	}
	return v
}

// admit reports whether an object may go out on this connection: a group from its first object on, until a newer group of
// its layer begins or it is given up. A group whose beginning went elsewhere is of no use to anybody. It returns
// the group that the object's group puts an end to, if that is not complete.
func (u *uplink) admit(v *videoLayer, h wire.Header) (reset transport.Group, ok bool) {
	switch {
	case v.begun && h.Group < v.group:
		return nil, false
	case v.begun && h.Group == v.group:
		return nil, !v.refuse
	case h.Number != 0:
		v.begun, v.group, v.refuse = true, h.Group, true
		return nil, false
	}
	if u.drop(&v.fifo) > 0 || !v.writing.IsZero() {
		reset = u.takeOpen(v)
	}
	v.open, v.underway = nil, 0
	v.begun, v.group, v.refuse = true, h.Group, false
	return reset, true
}

// stale reports whether something of the layer has waited too long.
func (v *videoLayer) stale(now time.Time) bool {
	head := v.head()
	return head != nil && now.Sub(head.since) > maxVideoAge || !v.writing.IsZero() && now.Sub(v.writing) > maxVideoAge
}

// abandon gives up the group of a layer, and returns the one to reset, if any.
func (u *uplink) abandon(v *videoLayer) transport.Group {
	u.drop(&v.fifo)
	v.refuse = true
	return u.takeOpen(v)
}

// takeOpen returns the open group of a layer, which is to be reset, and expects nothing more of it to arrive.
func (u *uplink) takeOpen(v *videoLayer) transport.Group {
	open := v.open
	v.open = nil
	if open != nil && u.to != nil && u.to.conn.Multiplexed() {
		u.meter.forgive(v.underway)
	}
	v.underway = 0
	return open
}

func (u *uplink) expireAudio(now time.Time) {
	for head := u.audio.head(); head != nil && now.Sub(head.since) > maxAudioAge; head = u.audio.head() {
		w := u.audio.pop()
		u.bytes -= w.Object.Len()
		u.counts.DroppedObjects++
		w.Object.Release()
	}
}

// drop empties a queue and returns how much was in it.
func (u *uplink) drop(q *fifo) int {
	n := 0
	for ; q.head() != nil; n++ {
		if w := q.pop(); w.Object != nil {
			u.bytes -= w.Object.Len()
			w.Object.Release()
		}
	}
	u.counts.DroppedObjects += uint64(n)
	return n
}

// takeAudio returns the next object of sound.
func (u *uplink) takeAudio(a *attachment, now time.Time) (Outgoing, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.to != a {
		return Outgoing{}, false
	}
	u.expireAudio(now)
	if u.audio.head() == nil {
		return Outgoing{}, false
	}
	w := u.audio.pop()
	u.bytes -= w.Object.Len()
	return w.Outgoing, true
}

// takeVideo returns the most urgent object of video with its layer. The caller writes it, then calls wrote; without an
// object, it ends the layer's group, then calls finished.
func (u *uplink) takeVideo(a *attachment, now time.Time) (Outgoing, *videoLayer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.to != a {
		return Outgoing{}, nil
	}
	var best *videoLayer
	for _, v := range u.video {
		if head := v.head(); head != nil && (best == nil || head.before(best.head())) {
			best = v
		}
	}
	if best == nil || best.head().Object != nil && !u.hasRoom(best.head().Object.Len()) {
		return Outgoing{}, nil
	}
	w := best.pop()
	if w.Object != nil {
		u.bytes -= w.Object.Len()
		best.writing = now
		size := pipeSize(a, w.Outgoing, best.open == nil)
		best.underway += int64(size)
		u.meter.wrote(size, now)
	}
	return w.Outgoing, best
}

func (w *waiting) before(o *waiting) bool {
	if w.Urgency != o.Urgency {
		return w.Urgency < o.Urgency
	}
	return w.since.Before(o.since)
}

// opened notes the group that was opened for an object about to be written. It returns false when that was given up.
func (u *uplink) opened(v *videoLayer, group uint64, g transport.Group) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if v.group != group || v.refuse {
		return false
	}
	v.open = g
	return true
}

// Finish ends the group of a layer of video from which nothing more comes, after what waits of it.
func (l *Link) Finish(alias uint64) {
	if a := l.uplink.finish(alias); a != nil {
		rouse(a.wakeVideo)
	}
}

func (u *uplink) finish(alias uint64) *attachment {
	u.mu.Lock()
	defer u.mu.Unlock()
	v := u.video[alias]
	if v == nil || u.to == nil {
		return nil
	}
	v.refuse = true
	v.push(waiting{Outgoing{Alias: alias, Urgency: transport.UrgencyRest}, time.Now()})
	return u.to
}

// finished forgets a layer after its end.
func (u *uplink) finished(v *videoLayer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.video[v.alias] == v {
		delete(u.video, v.alias)
	}
}

// sent counts an object that has left, or was dropped.
func (u *uplink) sent(o *wire.Object, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count(o, err)
}

func (u *uplink) count(o *wire.Object, err error) {
	if err != nil {
		u.counts.DroppedObjects++
		return
	}
	u.counts.SentObjects++
	u.counts.SentBytes += uint64(o.Len())
}

// wrote ends the writing of an object of a layer. A group that could not be written is given up.
func (u *uplink) wrote(v *videoLayer, o *wire.Object, err error) {
	u.mu.Lock()
	u.count(o, err)
	v.writing = time.Time{}
	failed := err != nil && v.group == o.Group && !v.refuse
	if failed {
		u.abandon(v)
	}
	u.mu.Unlock()
	if failed {
		u.abandoned(v.alias)
	}
}

// attach makes a connection the one by which objects leave. What has waited for another is dropped, and groups begin anew.
func (u *uplink) attach(a *attachment, limit int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.to, u.limit, u.meter = a, limit, meter{}
	u.clear()
}

func (u *uplink) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.to, u.closed = nil, true
	u.clear()
}

func (u *uplink) clear() {
	u.drop(&u.audio)
	for _, v := range u.video {
		u.drop(&v.fifo)
	}
	clear(u.video)
}

func (u *uplink) stats() Stats {
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.counts
	s.BacklogBytes = u.bytes
	note := func(since time.Time) {
		if !since.IsZero() {
			s.Backlog = max(s.Backlog, now.Sub(since))
		}
	}
	if head := u.audio.head(); head != nil {
		note(head.since)
	}
	for _, v := range u.video {
		note(v.writing)
		if head := v.head(); head != nil {
			note(head.since)
		}
	}
	return s
}
