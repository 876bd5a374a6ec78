package virtualtime

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTimersInTheSameMoment crashes with the race detector on more than one processor.
func TestTimersInTheSameMoment(t *testing.T) {
	Test(t, func(*testing.T) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 10_000 {
					<-time.After(0)
				}
			})
		}
		group.Wait()
	})
}

func TestProcessorsComeBack(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Run("parallel", func(t *testing.T) {
		for range 3 {
			t.Run("test", func(t *testing.T) {
				t.Parallel()
				Test(t, func(t *testing.T) {
					if got := runtime.GOMAXPROCS(0); got != 1 {
						t.Errorf("%d processors in virtual time", got)
					}
				})
			})
		}
	})
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("%d processors, %d before", got, before)
	}
}
