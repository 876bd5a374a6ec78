package bench

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"testing"

	"go.uber.org/goleak"
)

// workerVariable makes this program a worker, so that tests can have some in processes of their own.
const workerVariable = "CONFAB_TEST_BENCH_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" {
		// The process ends with the signal's handler.
		ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
		if err := ServeWorker(ctx, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// workerCommand starts this program as a worker.
func workerCommand(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{"env", workerVariable + "=1", self}
}
