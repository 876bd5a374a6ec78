// Package cluster makes one call of participants on many nodes: it tells other nodes what this one's participants do, and
// carries media to those that want it. Spec: backbone.md §§2–4.
package cluster
