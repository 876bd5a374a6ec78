package bench

import (
	"testing"
	"time"
)

// TestReceipt: a frame counts once, and only in the window; who comes twice does not make up for who is lost.
func TestReceipt(t *testing.T) {
	const interval, late = 20 * time.Millisecond, 100 * time.Millisecond
	w := window{From: time.Second, To: 3 * time.Second}
	r := newReceipt(w, interval)
	first := w.From + 7*time.Millisecond
	for n := range 100 {
		if n%10 == 3 {
			continue // lost
		}
		latency := 5 * time.Millisecond
		if n >= 90 {
			latency = late + time.Millisecond
		}
		if !r.note(first+time.Duration(n)*interval, latency, late, 120) {
			t.Fatalf("frame %d does not count", n)
		}
	}
	for _, again := range []int{0, 99, 50} {
		if r.note(first+time.Duration(again)*interval, 0, late, 120) {
			t.Errorf("frame %d counts twice", again)
		}
	}
	for _, outside := range []time.Duration{w.From - 1, w.To, 0, time.Hour} {
		if r.note(outside, 0, late, 120) {
			t.Errorf("a frame due at %v counts", outside)
		}
	}
	if r.delivered != 90 || r.duplicates != 3 || r.late != 9 || r.bytes != 90*120 {
		t.Errorf("delivered %d, twice %d, late %d, %d bytes", r.delivered, r.duplicates, r.late, r.bytes)
	}
}

// TestReceiptTakesFramesInAnyOrder, as datagrams come.
func TestReceiptTakesFramesInAnyOrder(t *testing.T) {
	const interval = time.Second / 30
	r := newReceipt(window{To: time.Second}, interval)
	for _, n := range []int{29, 0, 15, 14, 16, 1} {
		if !r.note(time.Duration(n)*interval, 0, time.Second, 1) {
			t.Errorf("frame %d does not count", n)
		}
	}
}

func TestStamp(t *testing.T) {
	payload := make([]byte, stampBytes)
	want := stamp{stream: 1<<32 - 1, due: 12345678 * time.Microsecond}
	want.put(payload)
	if got, ok := readStamp(payload); !ok || got != want {
		t.Errorf("%+v, %v", got, ok)
	}
	if _, ok := readStamp(payload[1:]); ok {
		t.Error("a payload that is too short has a stamp")
	}
}
