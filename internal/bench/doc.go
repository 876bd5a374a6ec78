// Package bench tests how much a node carries: it joins a workload's participants from one or more processes, sends frames
// that carry their due time, and reports what arrived and when, and what it cost the node.
package bench
