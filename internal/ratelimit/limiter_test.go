package ratelimit

import (
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestEachHasABucketThatRefills(t *testing.T) {
	l := New[string](Rate{PerMinute: 6, Burst: 2}, 10)
	take := func(who string, at time.Duration, want bool) time.Duration {
		t.Helper()
		wait, ok := l.Take(who, start.Add(at))
		if ok != want {
			t.Fatalf("%s after %v: %v, want %v", who, at, ok, want)
		}
		return wait
	}
	take("ann", 0, true)
	take("ann", 0, true)
	if wait := take("ann", 0, false); wait != 10*time.Second {
		t.Errorf("the next is in %v, want 10s", wait)
	}
	take("bob", 0, true)
	if wait := take("ann", 4*time.Second, false); wait.Round(time.Millisecond) != 6*time.Second {
		t.Errorf("the next is in %v, want 6s: who is refused pays nothing", wait)
	}
	take("ann", 10*time.Second, true)
	take("ann", 10*time.Second, false)
}

func TestEmptyTakesNothing(t *testing.T) {
	l := New[string](Rate{PerMinute: 60, Burst: 1}, 10)
	if _, empty := l.Empty("ann", start); empty || len(l.buckets) != 0 {
		t.Error("one who was never seen is limited, or remembered")
	}
	for range 3 {
		if _, empty := l.Empty("ann", start); empty {
			t.Fatal("looking took something")
		}
	}
	l.Take("ann", start)
	if wait, empty := l.Empty("ann", start); !empty || wait != time.Second {
		t.Errorf("%v, %v", wait, empty)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New[int](Rate{PerMinute: 1, Burst: 1}, 3)
	for who := range 100 {
		l.Take(who, start)
		l.Take(0, start) // stays, for it is seen again and again
	}
	if len(l.buckets) != 3 || l.recent.Len() != 3 {
		t.Errorf("%d buckets, %d in order", len(l.buckets), l.recent.Len())
	}
	if _, ok := l.Take(0, start); ok {
		t.Error("the one seen last was forgotten")
	}
	if _, ok := l.Take(1, start); !ok {
		t.Error("one of long ago was remembered")
	}
}
