package record

import (
	"math"
	"testing"
	"time"
)

// run feeds frames of 20 ms to a clock, under way for a time that delay says, on a sender's clock that drifts.
func runClock(c *clock, from, to, origin time.Duration, drift float64, delay func(int) time.Duration) (last, captured time.Duration) {
	for i := 0; ; i++ {
		captured = from + time.Duration(i)*20*time.Millisecond
		if captured >= to {
			return last, captured - 20*time.Millisecond
		}
		timestamp := origin + time.Duration(float64(captured)*(1+drift))
		last = c.at(timestamp, captured+delay(i))
	}
}

func TestClockIgnoresJitter(t *testing.T) {
	var c clock
	steps := []time.Duration{90, 20, 150, 30, 60}
	jitter := func(i int) time.Duration { return steps[i%len(steps)] * time.Millisecond }
	var before time.Duration
	for i := range 5000 {
		captured := time.Duration(i) * 20 * time.Millisecond
		at := c.at(42*time.Hour+captured, captured+jitter(i))
		if i > 0 && (at-before-20*time.Millisecond).Abs() > maxSlew {
			t.Fatalf("frame %d comes %v after the one before", i, at-before)
		}
		before = at
	}
	// The fastest frame takes 20 ms.
	if late := before - 4999*20*time.Millisecond; (late - 20*time.Millisecond).Abs() > maxSlew {
		t.Errorf("after 100 s a frame seems to take %v", late)
	}
}

func TestClockFollowsDrift(t *testing.T) {
	var c clock
	at, captured := runClock(&c, 0, time.Hour, time.Minute, 100e-6, func(int) time.Duration { return 30 * time.Millisecond })
	if late := at - captured; (late - 30*time.Millisecond).Abs() > 10*time.Millisecond {
		t.Errorf("after an hour of drift a frame seems to take %v", late)
	}
}

func TestClockThatBeginsAnew(t *testing.T) {
	const delay = 40 * time.Millisecond
	constant := func(int) time.Duration { return delay }
	for name, origin := range map[string]time.Duration{"earlier": 0, "much later": 100 * time.Hour, "a little earlier": time.Hour - 3*time.Second} {
		var c clock
		runClock(&c, 0, 10*time.Second, time.Hour, 0, constant)
		at, captured := runClock(&c, 10*time.Second, 20*time.Second, origin, 0, constant)
		if late := at - captured; (late - delay).Abs() > maxSlew {
			t.Errorf("%s: a frame seems to take %v", name, late)
		}
	}
}

// TestHostileTimestamps can't move anything far from when it came.
func TestHostileTimestamps(t *testing.T) {
	var c clock
	for i, timestamp := range []time.Duration{0, math.MaxInt64 / 2, 5, time.Hour, 1 << 53 * time.Microsecond / 1000, 0, 59 * time.Minute} {
		arrived := time.Duration(i) * time.Second
		if at := c.at(timestamp, arrived); at < arrived-maxLate || at > arrived+maxEarly {
			t.Errorf("timestamp %v, arrived at %v, is taken for %v", timestamp, arrived, at)
		}
	}
}
