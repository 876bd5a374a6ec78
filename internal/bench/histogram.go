package bench

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Times from a microsecond to two minutes are kept to three digits; what is longer counts as two minutes.
const (
	leastTime = time.Microsecond
	mostTime  = 2 * time.Minute
	digits    = 3
)

// histogram collects times. It is safe for concurrent use. As JSON it is HdrHistogram's V2 encoding.
type histogram struct {
	mu    sync.Mutex
	times *hdrhistogram.Histogram
}

func newHistogram() *histogram {
	return &histogram{times: hdrhistogram.New(int64(leastTime/time.Microsecond), int64(mostTime/time.Microsecond), digits)}
}

func (h *histogram) record(d time.Duration) {
	d = min(max(d, leastTime), mostTime)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.times.RecordValue(d.Microseconds()); err != nil {
		panic("bench: " + err.Error()) // it is in range
	}
}

func (h *histogram) merge(from *histogram) {
	from.mu.Lock()
	times := from.times.Clone()
	from.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times.Merge(times)
}

func (h *histogram) count() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return uint64(h.times.TotalCount())
}

// percentile returns the time that p percent do not exceed; 0 when nothing was recorded.
func (h *histogram) percentile(p float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Duration(h.times.ValueAtPercentile(p)) * time.Microsecond
}

func (h *histogram) max() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Duration(h.times.Max()) * time.Microsecond
}

// MarshalJSON implements json.Marshaler.
func (h *histogram) MarshalJSON() ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	encoded, err := h.times.EncodeV2()
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(encoded))
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *histogram) UnmarshalJSON(b []byte) error {
	var encoded string
	if err := json.Unmarshal(b, &encoded); err != nil {
		return err
	}
	times, err := hdrhistogram.Decode([]byte(encoded))
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times = times
	return nil
}
