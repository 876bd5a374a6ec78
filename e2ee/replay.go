package e2ee

import "math"

// replayWidth is how far a counter may lag behind the highest one.
const replayWidth = 1024

// replayWindow remembers which counters of a KID were seen.
type replayWindow struct {
	// next is one more than the highest counter seen; 0 when none was.
	next uint64
	seen [replayWidth / 64]uint64
}

// fresh reports whether ctr may still be accepted.
func (w *replayWindow) fresh(ctr uint64) bool {
	switch {
	case ctr == math.MaxUint64:
		// One more would start the window anew.
		return false
	case ctr >= w.next:
		return true
	case w.next-ctr > replayWidth:
		return false
	default:
		return w.seen[ctr/64%uint64(len(w.seen))]>>(ctr%64)&1 == 0
	}
}

// mark records a fresh counter. It is called only for frames that authenticated.
func (w *replayWindow) mark(ctr uint64) {
	if ctr >= w.next {
		if ctr-w.next >= replayWidth {
			w.seen = [replayWidth / 64]uint64{}
		} else {
			for c := w.next; c < ctr; c++ {
				w.clear(c)
			}
		}
		w.next = ctr + 1
	}
	w.seen[ctr/64%uint64(len(w.seen))] |= 1 << (ctr % 64)
}

func (w *replayWindow) clear(ctr uint64) {
	w.seen[ctr/64%uint64(len(w.seen))] &^= 1 << (ctr % 64)
}
