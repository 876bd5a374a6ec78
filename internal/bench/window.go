package bench

import "time"

// window is the time of a test that counts: frames that are due in [From, To), by the test's clock.
type window struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

func (w window) holds(due time.Duration) bool { return w.From <= due && due < w.To }

func (w window) length() time.Duration { return w.To - w.From }
