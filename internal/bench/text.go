package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// verdict says whether the figures are the node's or the generator's.
func verdict(g Generator) string {
	used := fmt.Sprintf("it used %.0f %% of its %d CPU", 100*g.CPUShare, g.CPUs)
	if g.CPUs > 1 {
		used += "s"
	}
	if g.CPUSeconds == 0 {
		used = "how much CPU it used can't be read on this system"
	}
	lag := "99 % of the frames left within " + decimal(g.Lag.P99) + " ms of when they were due"
	switch {
	case g.CPUShare >= saturatedShare:
		return "THE GENERATOR IS SATURATED: " + used + ", and " + lag +
			". The figures are worse than the node: give the generator more processors, or test with less."
	case g.Saturated:
		return "THE GENERATOR WAS HELD UP: " + lag + ", though " + used + ": it waited " + decimal(g.WaitedSeconds) +
			" s for a CPU that other programs had. The latencies are those of a busy machine: test on a quiet one."
	}
	return "The generator kept up: " + used + ", and " + lag + ". The figures are those of the node and the network."
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	keys := "end-to-end encrypted"
	if !r.Encrypted {
		keys = "opaque"
	}
	fmt.Fprintf(t, "%s\t%s over %s, %s, %d publishers, %d subscribers, %d rooms, %s s\n",
		"workload", r.Workload, r.Transport, keys, r.Publishers, r.Subscribers, r.Rooms, decimal(r.Seconds))
	fmt.Fprintf(t, "joining\t%d joined (%s), %d failed, %d ended early, %d subscriptions silent\n",
		r.Joins.Joined, r.Joins.transports(), r.Joins.Failed, r.Joins.Ended, r.Joins.Silent)
	fmt.Fprintf(t, "\tin the room after %s\n", r.Joins.Time)
	if r.Joins.FirstFrame.Max > 0 {
		fmt.Fprintf(t, "\tfirst frame after %s\n", r.Joins.FirstFrame)
	}
	for _, row := range []struct {
		name string
		*Delivery
	}{
		{"audio", r.Audio}, {"video", r.Video}, {"audio, other nodes", r.FarAudio}, {"video, other nodes", r.FarVideo},
		{"audio, slow path", r.SlowAudio}, {"video, slow path", r.SlowVideo},
	} {
		if d := row.Delivery; d != nil {
			fmt.Fprintf(t, "%s\t%d of %d objects delivered, %d lost, %d late, %s Mbit/s\n", row.name,
				d.Delivered, d.Expected, d.Lost, d.Late, decimal(float64(d.Bytes)*8/1e6/r.Seconds))
			if d.Refused > 0 || d.Duplicates > 0 {
				fmt.Fprintf(t, "\t%d of the lost never left their publisher, %d came twice\n", d.Refused, d.Duplicates)
			}
			fmt.Fprintf(t, "\tlatency %s\n", d.Latency)
		}
	}
	if n := r.Node; n != nil {
		fmt.Fprintf(t, "node\t%s CPU seconds, %.0f %% of a CPU; %s µs an object, %s s/GB, %s s/1000 objects\n",
			decimal(n.CPUSeconds), 100*n.CPUShare, decimal(n.MicrosecondsPerItem), decimal(n.CPUSecondsPerGB), decimal(n.CPUSecondsPer1000))
		fmt.Fprintf(t, "\t%d KiB of memory a connection, %d MiB in all; waited %s s for a CPU\n",
			n.RSSPerConnection>>10, n.RSS>>20, decimal(n.WaitedSeconds))
	}
	if b := r.Backbone; b != nil {
		fmt.Fprintf(t, "between nodes\t%s MB in %.0f messages", decimal(b.Bytes/1e6), b.Messages)
		if b.CPUSecondsPerGB > 0 {
			fmt.Fprintf(t, "; %s CPU seconds of the nodes for each GB", decimal(b.CPUSecondsPerGB))
		}
		fmt.Fprintln(t)
		for _, row := range []struct {
			name string
			*Hop
		}{{"audio", b.AudioHop}, {"video", b.VideoHop}} {
			if h := row.Hop; h != nil {
				fmt.Fprintf(t, "\ta hop adds to %s p50 %s, p99 %s ms\n", row.name, decimal(h.P50), decimal(h.P99))
			}
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, trouble := range r.Troubles {
		fmt.Fprintln(w, "trouble:", trouble)
	}
	_, err := fmt.Fprintln(w, r.Generator.Verdict)
	return err
}

// transports lists who joined by what.
func (j Joins) transports() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(j.Transports)) {
		parts = append(parts, fmt.Sprintf("%d by %s", j.Transports[name], name))
	}
	return strings.Join(parts, ", ")
}

// String lists the percentiles.
func (t Times) String() string {
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, p99.9 %s, max %s ms",
		decimal(t.P50), decimal(t.P90), decimal(t.P99), decimal(t.P999), decimal(t.Max))
}

func milliseconds(d time.Duration) string { return decimal(float64(d.Microseconds()) / 1000) }

// decimal keeps three digits.
func decimal(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
