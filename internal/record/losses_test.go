package record

import (
	"testing"

	"github.com/openconfab/confab/client"
)

// TestLossesCountFromTheFirstFrame: nobody could have recorded what came before its key.
func TestLossesCountFromTheFirstFrame(t *testing.T) {
	var l losses
	want := func(total uint64) {
		t.Helper()
		if got := l.total(); got != total {
			t.Errorf("%d frames lost, want %d", got, total)
		}
	}
	var ann, bob client.Received
	ofAnn := l.receive(func() client.Received { return ann })
	ofBob := l.receive(func() client.Received { return bob })
	ann = client.Received{Undecryptable: 50, Dropped: 20}
	bob = client.Received{Undecryptable: 7}
	want(0)
	ofAnn.began()
	want(0)
	ann.Lost, ann.Undecryptable, ann.Dropped = 1, 52, 23
	ofAnn.began()
	want(6)
	ofAnn.end()
	want(6)
	// One whose key never comes has nothing to lose.
	bob.Undecryptable = 900
	ofBob.end()
	want(6)
}
