package relay

// list is a first-in first-out list of subscriptions that have something waiting, linked through the subscriptions.
type list struct{ first, last *Subscription }

func (l *list) push(s *Subscription) {
	s.previous, s.next = l.last, nil
	if l.last == nil {
		l.first = s
	} else {
		l.last.next = s
	}
	l.last = s
}

func (l *list) remove(s *Subscription) {
	if s.previous == nil {
		l.first = s.next
	} else {
		s.previous.next = s.next
	}
	if s.next == nil {
		l.last = s.previous
	} else {
		s.next.previous = s.previous
	}
	s.previous, s.next = nil, nil
}
