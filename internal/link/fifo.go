package link

// fifo is a queue that uses its memory again.
type fifo struct {
	items []waiting
	first int
}

func (q *fifo) push(w waiting) {
	if q.first > 0 && len(q.items) == cap(q.items) {
		n := copy(q.items, q.items[q.first:])
		clear(q.items[n:])
		q.items, q.first = q.items[:n], 0
	}
	q.items = append(q.items, w)
}

// head returns the oldest item, nil if there is none. It is valid until the next push.
func (q *fifo) head() *waiting {
	if q.first == len(q.items) {
		return nil
	}
	return &q.items[q.first]
}

// pop takes the oldest item, of which there must be one.
func (q *fifo) pop() waiting {
	w := q.items[q.first]
	q.items[q.first] = waiting{}
	q.first++
	if q.first == len(q.items) {
		q.items, q.first = q.items[:0], 0
	}
	return w
}
