// Package simnet is a network in memory whose links lose, delay and limit what crosses them, for tests of what runs over
// real ones. It uses the time package for all its waiting and so runs under testing/synctest, where hours of network take
// no time. What is lost depends on the seed and on the order of writes alone.
package simnet
