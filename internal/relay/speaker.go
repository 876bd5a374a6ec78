package relay

import (
	"sync/atomic"
	"time"
)

// Speaker remembers when a participant last spoke, as far as the clear audio levels of its objects tell. The zero value
// has never spoken. It may be used concurrently.
type Speaker struct{ last atomic.Int64 }

func (s *Speaker) spoke(now time.Time) { s.last.Store(now.UnixNano()) }
