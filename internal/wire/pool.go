package wire

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	// Buffers are pooled by capacity, in powers of two from 256 B (an audio frame) to 4 MiB (the largest object).
	smallestClass = 8
	largestClass  = 22
	// trustedSize is set aside for an object before any of it has arrived.
	trustedSize = 64 << 10
)

var (
	objectPools [largestClass - smallestClass + 1]sync.Pool
	liveObjects atomic.Int64
)

// LiveObjects returns how many objects have not had their last Release, for metrics and for tests that look for leaks.
func LiveObjects() int64 { return liveObjects.Load() }

// newObject returns an object with one reference and a buffer of size bytes, whose content is undefined.
func newObject(size int) *Object {
	liveObjects.Add(1)
	class := max(bits.Len(uint(max(size, 1)-1)), smallestClass)
	if class > largestClass {
		o := &Object{buf: make([]byte, size)}
		o.refs.Store(1)
		return o
	}
	o, _ := objectPools[class-smallestClass].Get().(*Object)
	if o == nil {
		o = &Object{buf: make([]byte, 1<<class)}
	}
	o.buf = o.buf[:size]
	o.refs.Store(1)
	return o
}

func recycle(o *Object) {
	liveObjects.Add(-1)
	if raceEnabled {
		clobber(o.buf)
		return
	}
	if class := bits.Len(uint(cap(o.buf))) - 1; class <= largestClass {
		objectPools[class-smallestClass].Put(o)
	}
}

// clobber makes a use after release visible: to the race detector, and to whoever looks at the bytes.
func clobber(b []byte) {
	for i := range b {
		b[i] = 0xdd
	}
}
