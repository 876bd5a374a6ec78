package cluster

import (
	"testing"

	"github.com/openconfab/confab/internal/wire"
)

// However long sound waits, and whatever of it has left meanwhile, what waits is bounded.
func TestSoundThatWaitsIsBounded(t *testing.T) {
	b := &outbox{counts: &counts{}}
	o := wire.NewObject(wire.Header{}, make([]byte, 100))
	defer o.Release()
	fill := func() {
		for b.put(true, 1, o) {
		}
	}
	fill()
	// The last message in the making is left, so that there is always something.
	for range 3 {
		for range len(b.sound.chunks) - 1 {
			b.nextSound()
		}
		fill()
	}
	waiting := 0
	for _, c := range b.sound.chunks {
		waiting += len(c.body)
	}
	if waiting > maxSoundWaiting || waiting != b.sound.bytes {
		t.Fatalf("%d bytes wait and %d are counted; at most %d may wait", waiting, b.sound.bytes, maxSoundWaiting)
	}
}
