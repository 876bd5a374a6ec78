//go:build !linux && !darwin

package transport

// writeAtOnce takes nothing, so that everything is written by who may wait.
func writeAtOnce(int, [][]byte) int { return 0 }
