// Package backbone carries messages between the nodes of a deployment; packages below it are the ways to do so.
// Spec: backbone.md §1.
package backbone
