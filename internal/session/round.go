package session

import "sync"

// A round is a goroutine that goes from connection to connection and sends what the network takes at once, for as long as
// any has something to send. One goroutine finds what it needs in the processor's cache, where one for each connection
// would have to be woken and would not. What has to wait is left to a goroutine of the connection's own. Its methods may be
// called concurrently.
type round struct {
	// running counts the goroutine while there is one.
	running *sync.WaitGroup

	// mu guards what follows. It is the innermost of all locks.
	mu sync.Mutex
	// due are to be visited, spare is memory for the next.
	due, spare []*ordered
	// going: there is a goroutine.
	going bool
}

// add has a connection visited.
func (r *round) add(o *ordered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.due = append(r.due, o)
	if !r.going {
		r.going = true
		r.running.Go(r.run)
	}
}

func (r *round) run() {
	for due := r.next(nil); len(due) > 0; due = r.next(due) {
		for i, o := range due {
			due[i] = nil
			o.visit()
		}
	}
}

// next returns who is due, and takes back the memory of those who were before. The goroutine ends when nobody is.
func (r *round) next(before []*ordered) []*ordered {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := r.due
	r.due, r.spare = r.spare[:0], nil
	if before != nil {
		r.spare = before[:0]
	}
	r.going = len(due) > 0
	return due
}
