package transport

import "sync"

// scratch pools the buffers in which small writes gather, so that idle connections hold none.
var scratch = sync.Pool{New: func() any {
	b := make([]byte, 0, gatherLimit+512)
	return &b
}}

func getScratch() *[]byte { return scratch.Get().(*[]byte) }

func putScratch(b *[]byte) {
	if cap(*b) > 2*corkLimit {
		return
	}
	*b = (*b)[:0]
	scratch.Put(b)
}
