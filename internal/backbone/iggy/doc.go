// Package iggy joins nodes by an operator's Apache Iggy: a log, which nodes write to and poll. Spec: backbone.md §1.5.
package iggy
