// Package workload describes what the participants of a load test send and receive. It does no I/O.
package workload
