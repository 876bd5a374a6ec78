// Package sessiontest helps to test sessions: a simulated connection whose path can be slow, stalled or cut, and a
// client that keeps the protocol's promises over any number of connections of either kind.
package sessiontest
