package e2ee

import (
	"math/rand/v2"
	"testing"
)

// The window has to agree with the plain statement of it: a set of everything seen, and the highest.
func TestReplayWindowAgainstASet(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 2))
		var w replayWindow
		seen := map[uint64]bool{}
		var highest uint64
		ctr := uint64(0)
		for range 20000 {
			switch random.IntN(10) {
			case 0:
				ctr += random.Uint64N(3000)
			case 1, 2, 3, 4:
				ctr++
			}
			c := ctr - min(ctr, random.Uint64N(1200))
			tooOld := len(seen) > 0 && highest >= replayWidth && c <= highest-replayWidth
			if want := !seen[c] && !tooOld; w.fresh(c) != want {
				t.Fatalf("seed %d: fresh(%d) is %v with %d the highest", seed, c, !want, highest)
			} else if want {
				w.mark(c)
				seen[c] = true
				highest = max(highest, c)
			}
		}
	}
}

func TestReplayWindowAtTheEnds(t *testing.T) {
	var w replayWindow
	if !w.fresh(0) {
		t.Fatal("0 is not fresh at first")
	}
	w.mark(1<<64 - 2)
	if w.fresh(1<<64-2) || !w.fresh(1<<64-3) || w.fresh(0) {
		t.Error("wrong near the largest counters")
	}
	if w.fresh(1<<64 - 1) {
		t.Error("a counter that has no successor is accepted")
	}
}
