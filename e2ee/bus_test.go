package e2ee

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/openconfab/confab/media"
)

// bus is a node in virtual time: control messages arrive in order, frames late, out of order or not at all.
type bus struct {
	t      *testing.T
	random *rand.Rand
	start  time.Time
	now    time.Time
	queue  tasks
	tasks  int
	room   []*client
	// everyone includes those who left.
	everyone []*client
	// loss is the share of frames that get lost, delay the longest way of a message.
	loss  float64
	delay time.Duration
	// frames is what was sealed, by a number in the plaintext.
	frames []*sealed
	opened int
}

// client is a session and the application around it.
type client struct {
	*Session
	bus     *bus
	name    string
	present bool
	// stranger has another secret.
	stranger bool
	entered  time.Time
	left     time.Time
	// offline holds back control messages in both directions; frames get lost.
	offline  bool
	held     []func()
	arrival  time.Time
	wake     time.Time
	events   []Event
	group    uint64
	excludes map[*client]time.Time
}

// sealed is a frame on its way.
type sealed struct {
	number   int
	from     *client
	at       time.Time
	slot     Slot
	header   []byte
	payload  []byte
	gen      uint32
	expected map[*client]bool
	openedBy map[*client]time.Time
}

type task struct {
	at time.Time
	n  int
	do func()
}

type tasks []task

func (q tasks) Len() int { return len(q) }
func (q tasks) Less(i, j int) bool {
	return cmp.Or(q[i].at.Compare(q[j].at), cmp.Compare(q[i].n, q[j].n)) < 0
}
func (q tasks) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *tasks) Push(x any)   { *q = append(*q, x.(task)) }
func (q *tasks) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func newBus(t *testing.T, seed uint64) *bus {
	cryptotest.SetGlobalRandom(t, seed)
	start := time.UnixMilli(1_700_000_000_000)
	return &bus{t: t, random: rand.New(rand.NewPCG(seed, 1)), start: start, now: start, delay: 80 * time.Millisecond}
}

func (b *bus) after(d time.Duration, do func()) { b.at(b.now.Add(d), do) }

func (b *bus) at(at time.Time, do func()) {
	b.tasks++
	heap.Push(&b.queue, task{at: at, n: b.tasks, do: do})
}

// run lets time pass.
func (b *bus) run(d time.Duration) {
	end := b.now.Add(d)
	for len(b.queue) > 0 && !b.queue[0].at.After(end) {
		next := heap.Pop(&b.queue).(task)
		b.now = next.at
		next.do()
	}
	b.now = end
}

func (b *bus) latency() time.Duration { return time.Duration(b.random.Int64N(int64(b.delay))) }

// control delivers something from the node to a client, in order.
func (b *bus) control(to *client, do func()) {
	at := b.now.Add(b.latency())
	if at.Before(to.arrival) {
		at = to.arrival
	}
	to.arrival = at
	b.at(at, func() {
		if to.offline {
			to.held = append(to.held, do)
			return
		}
		do()
		to.settle()
	})
}

func (b *bus) enter(name string, secret Secret, roles Roles) *client {
	s, err := New(Config{Secret: secret, Room: "sim", Name: name, Roles: roles, BatchBytes: minBatchBytes}, b.now)
	if err != nil {
		b.t.Fatal(err)
	}
	c := &client{
		Session: s, bus: b, name: fmt.Sprintf("%s-%d", name, len(b.everyone)), present: true, entered: b.now,
		stranger: secret != simSecret, excludes: map[*client]time.Time{},
	}
	for _, o := range b.room {
		b.control(c, func() { b.joined(c, o) })
		b.control(o, func() { b.joined(o, c) })
	}
	b.room = append(b.room, c)
	b.everyone = append(b.everyone, c)
	c.settle()
	return c
}

// joined tells at of other.
func (b *bus) joined(at, other *client) {
	err := at.MemberJoined(other.name, other.Announcement(), b.now)
	if want := at.stranger != other.stranger; (CodeOf(err) == MACInvalid) != want {
		b.t.Fatalf("%s about %s: %v", at.name, other.name, err)
	}
}

func (b *bus) leave(c *client) {
	c.present, c.left = false, b.now
	b.room = slices.DeleteFunc(b.room, func(o *client) bool { return o == c })
	for _, o := range b.room {
		b.control(o, func() { o.MemberLeft(c.name, b.now) })
	}
}

// settle does what an application does after each call.
func (c *client) settle() {
	b := c.bus
	if !c.present {
		return
	}
	if wake := c.NextWake(); !wake.IsZero() && !wake.After(b.now) {
		c.Advance(b.now)
	}
	for _, o := range c.Opened() {
		c.check(o.Ref.(*sealed), o.Plaintext)
	}
	for _, e := range c.Events() {
		c.events = append(c.events, e)
		if e.Kind == MemberGone {
			if gone := b.find(e.Session); gone != nil {
				c.excludes[gone] = b.now
			}
		}
	}
	for _, o := range c.Outgoing() {
		size := len(o.Common)
		for _, p := range o.Parts {
			size += len(p.Payload) + len(p.To)
			c.send(o.Common, p)
		}
		if size > minBatchBytes {
			b.t.Fatalf("message of %d bytes", size)
		}
	}
	if wake := c.NextWake(); !wake.IsZero() && !wake.Equal(c.wake) {
		c.wake = wake
		b.at(wake, func() {
			if c.wake.Equal(wake) {
				c.wake = time.Time{}
				c.settle()
			}
		})
	}
}

func (c *client) send(common []byte, p Part) {
	b := c.bus
	to := b.find(p.To)
	if to == nil {
		b.t.Fatalf("%s writes to nobody: %s", c.name, p.To)
	}
	if to.stranger != c.stranger {
		b.t.Fatalf("%s writes to %s, who has another secret", c.name, to.name)
	}
	deliver := func() {
		if !to.present {
			return
		}
		b.control(to, func() {
			if err := to.Receive(c.name, common, p.Payload, b.now); err != nil && CodeOf(err) != MemberUnknown {
				b.t.Fatalf("%s from %s: %v", to.name, c.name, err)
			}
		})
	}
	if c.offline {
		c.held = append(c.held, deliver)
		return
	}
	deliver()
}

// reconnect ends being offline: what was held back arrives in order.
func (c *client) reconnect() {
	c.offline = false
	held := c.held
	c.held = nil
	for _, do := range held {
		do()
		c.settle()
	}
}

func (b *bus) find(name string) *client {
	i := slices.IndexFunc(b.everyone, func(c *client) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return b.everyone[i]
}

// stream makes c seal a frame now and then, while it is present.
func (c *client) stream(slot Slot, every time.Duration) {
	if !c.present {
		return
	}
	c.frame(slot)
	c.bus.after(every, func() { c.stream(slot, every) })
}

// frame seals one frame and sends it to everyone, also to those who left.
func (c *client) frame(slot Slot) {
	b := c.bus
	c.group++
	f := &sealed{
		number: len(b.frames), from: c, at: b.now, slot: slot, header: binary.BigEndian.AppendUint64([]byte{1}, c.group), gen: c.keys.current.gen,
		expected: map[*client]bool{}, openedBy: map[*client]time.Time{},
	}
	payload, err := c.Seal(nil, slot, f.header, f.plaintext())
	if err != nil {
		b.t.Fatal(err)
	}
	f.payload = payload
	b.frames = append(b.frames, f)
	for _, to := range b.everyone {
		if to == c || b.random.Float64() < b.loss || to.offline || c.offline {
			continue
		}
		f.expected[to] = true
		b.after(b.latency(), func() { to.take(f) })
	}
}

func (f *sealed) plaintext() []byte {
	return fmt.Appendf(nil, "frame %d of %s in %s", f.number, f.from.name, f.slot.Source)
}

func (c *client) take(f *sealed) {
	o := Object{Source: f.slot.Source, Header: f.header, Payload: f.payload, Ref: f}
	plaintext, layer, err := c.Open(nil, f.from.name, o, c.bus.now)
	if err == nil {
		if layer != f.slot.Layer {
			c.bus.t.Fatalf("layer %d, want %d", layer, f.slot.Layer)
		}
		c.check(f, plaintext)
	}
	c.settle()
}

func (c *client) check(f *sealed, plaintext []byte) {
	if !bytes.Equal(plaintext, f.plaintext()) {
		c.bus.t.Fatalf("%s opened %q", c.name, plaintext)
	}
	if _, twice := f.openedBy[c]; twice {
		c.bus.t.Fatalf("%s opened frame %d twice", c.name, f.number)
	}
	f.openedBy[c] = c.bus.now
	c.bus.opened++
}

var simSecret = Secret{1, 2, 3}

var microphone = Slot{Source: media.Microphone}
