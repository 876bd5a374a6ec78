package bench

import "time"

// receipt notes which frames of one stream reached one subscriber. It is for one goroutine.
type receipt struct {
	window   window
	interval time.Duration
	// seen has a bit for every frame that can be due in the window.
	seen []uint64

	delivered  uint64
	duplicates uint64
	late       uint64
	bytes      uint64
}

func newReceipt(w window, interval time.Duration) *receipt {
	slots := uint64(w.length()/interval) + 1
	return &receipt{window: w, interval: interval, seen: make([]uint64, slots/64+1)}
}

// note counts a frame and reports whether it is in the window and came for the first time.
func (r *receipt) note(due, latency, late time.Duration, bytes int) bool {
	if !r.window.holds(due) {
		return false
	}
	// Frames of a stream are an interval apart, so each has a slot of its own.
	slot := uint64((due - r.window.From) / r.interval)
	word, bit := slot/64, uint64(1)<<(slot%64)
	if r.seen[word]&bit != 0 {
		r.duplicates++
		return false
	}
	r.seen[word] |= bit
	r.delivered++
	r.bytes += uint64(bytes)
	if latency > late {
		r.late++
	}
	return true
}
