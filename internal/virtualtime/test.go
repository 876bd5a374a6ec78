// Package virtualtime runs tests in virtual time, one goroutine at a time.
package virtualtime

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
)

// Test is synctest.Test on one processor. With more, the race detector of Go 1.26 breaks down (SIGSEGV, "CHECK failed")
// when goroutines of a bubble run timers in the same moment, for all of them use the bubble's one context
// (https://go.dev/issue/78156). It finds the same races so: it goes by what is ordered, not by what happens together.
//
// It may be called from tests that run in parallel.
func Test(t *testing.T, test func(*testing.T)) {
	t.Helper()
	enter()
	defer leave()
	synctest.Test(t, test)
}

// running counts the tests in virtual time; processors is what there was before the first of them.
var (
	mu         sync.Mutex
	running    int
	processors int
)

func enter() {
	mu.Lock()
	defer mu.Unlock()
	if running++; running == 1 {
		processors = runtime.GOMAXPROCS(1)
	}
}

func leave() {
	mu.Lock()
	defer mu.Unlock()
	if running--; running == 0 {
		runtime.GOMAXPROCS(processors)
	}
}
