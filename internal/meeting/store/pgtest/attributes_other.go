//go:build !linux

package pgtest

import "syscall"

// attributes are those of any program.
func attributes(string) (*syscall.SysProcAttr, error) { return nil, nil }
