// Package backbonetest holds every implementation of a backbone to the same contract.
package backbonetest

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone"
)

// patience is how long something may take that happens at once on an idle machine.
const patience = 20 * time.Second

// Run tests three nodes that join makes, which are to be joined by the time it returns.
func Run(t *testing.T, join func(t *testing.T) [3]backbone.Backbone) {
	t.Run("EverySubscriberOnceInOrder", func(t *testing.T) { everySubscriberOnceInOrder(t, join(t)) })
	t.Run("NobodyElse", func(t *testing.T) { nobodyElse(t, join(t)) })
	t.Run("End", func(t *testing.T) { end(t, join(t)) })
	t.Run("LargestMessage", func(t *testing.T) { largestMessage(t, join(t)) })
	t.Run("Close", func(t *testing.T) { closing(t, join(t)) })
}

// inbox keeps what came.
type inbox struct {
	mu   sync.Mutex
	all  [][]byte
	some chan struct{}
}

func subscribe(t *testing.T, b backbone.Backbone, topic backbone.Topic) (*inbox, backbone.Subscription) {
	t.Helper()
	in := &inbox{some: make(chan struct{}, 1)}
	s, err := b.Subscribe(topic, func(msg []byte) {
		in.mu.Lock()
		in.all = append(in.all, bytes.Clone(msg))
		in.mu.Unlock()
		select {
		case in.some <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return in, s
}

// await returns what came once done says that it is enough.
func (in *inbox) await(t *testing.T, done func(all [][]byte) bool) [][]byte {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		in.mu.Lock()
		all := in.all
		in.mu.Unlock()
		if done(all) {
			return all
		}
		select {
		case <-in.some:
		case <-late.C:
			t.Fatalf("only %d messages came", len(all))
		}
	}
}

// meet publishes until the message has come from one node to another: interest needs a moment to spread.
func meet(t *testing.T, from backbone.Backbone, topic backbone.Topic, in *inbox) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	greeting := []byte("hello " + rand.Text())
	for {
		publish(t, from, topic, greeting)
		select {
		case <-in.some:
			if in.has(greeting) {
				return
			}
		case <-again.C:
		case <-late.C:
			t.Fatal("the nodes do not meet")
		}
	}
}

func (in *inbox) has(msg []byte) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.ContainsFunc(in.all, func(m []byte) bool { return bytes.Equal(m, msg) })
}

func publish(t *testing.T, b backbone.Backbone, topic backbone.Topic, msg []byte) {
	t.Helper()
	if err := b.Publish(topic, msg); err != nil {
		t.Fatalf("publishing: %v", err)
	}
}

// numbered returns those messages that are numbers.
func numbered(all [][]byte) (numbers []uint64) {
	for _, m := range all {
		if len(m) == 8 {
			numbers = append(numbers, binary.BigEndian.Uint64(m))
		}
	}
	return numbers
}

func everySubscriberOnceInOrder(t *testing.T, nodes [3]backbone.Backbone) {
	const count = 2000
	topic := backbone.Room("ordered")
	var inboxes []*inbox
	for _, n := range nodes {
		in, _ := subscribe(t, n, topic)
		meet(t, nodes[0], topic, in)
		inboxes = append(inboxes, in)
	}
	buf := make([]byte, 8)
	for i := range uint64(count) {
		binary.BigEndian.PutUint64(buf, i)
		publish(t, nodes[0], topic, buf)
	}
	for _, in := range inboxes {
		all := in.await(t, func(all [][]byte) bool { return len(numbered(all)) >= count })
		for i, number := range numbered(all) {
			if number != uint64(i) {
				t.Fatalf("message %d came as the %dth", number, i)
			}
		}
	}
}

func nobodyElse(t *testing.T, nodes [3]backbone.Backbone) {
	mine, other := backbone.Inbox("mine", backbone.Control), backbone.Inbox("other", backbone.Control)
	in, _ := subscribe(t, nodes[1], mine)
	meet(t, nodes[0], mine, in)
	publish(t, nodes[0], other, []byte("for another"))
	publish(t, nodes[0], backbone.Inbox("mine", backbone.Video), []byte("of another lane"))
	publish(t, nodes[0], mine, make([]byte, 8))
	for _, m := range in.await(t, func(all [][]byte) bool { return len(numbered(all)) == 1 }) {
		if !bytes.HasPrefix(m, []byte("hello")) && len(m) != 8 {
			t.Errorf("%q came", m)
		}
	}
}

func end(t *testing.T, nodes [3]backbone.Backbone) {
	topic := backbone.Room("ended")
	ended, subscription := subscribe(t, nodes[1], topic)
	goesOn, _ := subscribe(t, nodes[1], topic)
	meet(t, nodes[0], topic, ended)
	subscription.End()
	subscription.End()
	// The second subscription shows when the number has come to the node.
	publish(t, nodes[1], topic, make([]byte, 8))
	goesOn.await(t, func(all [][]byte) bool { return len(numbered(all)) == 1 })
	ended.mu.Lock()
	defer ended.mu.Unlock()
	if len(numbered(ended.all)) != 0 {
		t.Error("a message came after End")
	}
}

func largestMessage(t *testing.T, nodes [3]backbone.Backbone) {
	topic := backbone.Room("large")
	in, _ := subscribe(t, nodes[2], topic)
	meet(t, nodes[0], topic, in)
	largest := nodes[0].MaxMessage()
	if largest < backbone.MinMaxMessage {
		t.Errorf("only %d bytes go into a message", largest)
	}
	if err := nodes[0].Publish(topic, make([]byte, largest+1)); !errors.Is(err, backbone.ErrTooLarge) {
		t.Errorf("a message that is too large: %v", err)
	}
	msg := bytes.Repeat([]byte("large"), backbone.MinMaxMessage/5)
	publish(t, nodes[0], topic, msg)
	all := in.await(t, func(all [][]byte) bool { return len(all[len(all)-1]) > 100 })
	if !bytes.Equal(all[len(all)-1], msg) {
		t.Error("the message has changed on its way")
	}
}

func closing(t *testing.T, nodes [3]backbone.Backbone) {
	topic := backbone.Room("closed")
	in, _ := subscribe(t, nodes[1], topic)
	meet(t, nodes[0], topic, in)
	for range 2 {
		if err := nodes[0].Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := nodes[0].Publish(topic, nil); !errors.Is(err, backbone.ErrClosed) {
		t.Errorf("Publish after Close: %v", err)
	}
	if _, err := nodes[0].Subscribe(topic, func([]byte) {}); !errors.Is(err, backbone.ErrClosed) {
		t.Errorf("Subscribe after Close: %v", err)
	}
	meet(t, nodes[2], topic, in)
	publish(t, nodes[2], topic, make([]byte, 8))
	in.await(t, func(all [][]byte) bool { return len(numbered(all)) == 1 })
}
