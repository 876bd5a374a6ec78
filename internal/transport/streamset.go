package transport

import "sync"

// streamSet holds the streams that must end with their connection. It is safe for concurrent use.
type streamSet[T comparable] struct {
	mu     sync.Mutex
	ended  bool
	active map[T]struct{}
}

// add reports whether the connection has not ended yet; a stream is only added then.
func (s *streamSet[T]) add(stream T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	if s.active == nil {
		s.active = make(map[T]struct{})
	}
	s.active[stream] = struct{}{}
	return true
}

func (s *streamSet[T]) remove(stream T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.active, stream)
}

// end takes all streams out, gives them to cancel, and keeps others from coming in.
func (s *streamSet[T]) end(cancel func(T)) {
	s.mu.Lock()
	active := s.active
	s.active, s.ended = nil, true
	s.mu.Unlock()
	for stream := range active {
		cancel(stream)
	}
}
