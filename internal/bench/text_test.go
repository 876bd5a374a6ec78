package bench

import (
	"strings"
	"testing"
)

// TestTextOfNodes: what was not measured is left out, and the rows are in one order.
func TestTextOfNodes(t *testing.T) {
	r := &Report{Backbone: &Backbone{Bytes: 2e6, Messages: 10, AudioHop: &Hop{P50: 1, P99: 2}, VideoHop: &Hop{P50: 3, P99: 4}}}
	for range 20 {
		var text strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		_, between, _ := strings.Cut(text.String(), "between nodes")
		audio, video := strings.Index(between, "to audio p50 1, p99 2 ms"), strings.Index(between, "to video p50 3, p99 4 ms")
		if strings.Contains(between, "CPU seconds of the nodes") || audio < 0 || video < audio {
			t.Fatalf("the text is\n%s", text.String())
		}
	}
}
