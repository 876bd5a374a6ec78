package bench

import (
	"encoding/json"
	"testing"
	"time"
)

// near reports whether a percentile is what it should be, to three digits.
func near(got, want time.Duration) bool { return (got - want).Abs() <= want/500+time.Microsecond }

func wantPercentiles(t *testing.T, h *histogram) {
	t.Helper()
	for p, want := range map[float64]time.Duration{
		50: 5000 * time.Millisecond, 90: 9000 * time.Millisecond, 99: 9900 * time.Millisecond, 99.9: 9990 * time.Millisecond,
	} {
		if got := h.percentile(p); !near(got, want) {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
	if h.count() != 10_000 || !near(h.max(), 10*time.Second) {
		t.Errorf("%d times, at most %v", h.count(), h.max())
	}
}

// TestMerging: histograms of several workers, sent as JSON, add up to that of one who saw everything.
func TestMerging(t *testing.T) {
	whole := newHistogram()
	var parts [3]*histogram
	for i := range parts {
		parts[i] = newHistogram()
	}
	for i := range 10_000 {
		d := time.Duration(i+1) * time.Millisecond
		whole.record(d)
		parts[i%3].record(d)
	}
	wantPercentiles(t, whole)
	merged := newHistogram()
	for _, part := range parts {
		b, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		var got histogram
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		merged.merge(&got)
	}
	wantPercentiles(t, merged)
}

func TestTimesOutOfRange(t *testing.T) {
	h := newHistogram()
	if h.percentile(99) != 0 || h.max() != 0 {
		t.Error("an empty histogram has times")
	}
	h.record(-time.Second)
	h.record(time.Hour)
	if h.count() != 2 || h.percentile(50) > leastTime || !near(h.max(), mostTime) {
		t.Errorf("%d times, %v to %v", h.count(), h.percentile(50), h.max())
	}
	if err := json.Unmarshal([]byte(`"AAAA"`), h); err == nil {
		t.Error("what is no histogram was taken for one")
	}
}
