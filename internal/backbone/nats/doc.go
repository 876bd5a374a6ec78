// Package nats joins nodes by NATS: by servers inside the nodes, which find each other, or by an operator's own.
// Spec: backbone.md §1.3.
package nats
