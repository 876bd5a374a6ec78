package main

import (
	"bufio"
	"bytes"
	"io"
	"iter"
)

// events reads a stream of server-sent events, each one line of data.
func events(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok && !yield(data, nil) {
				return
			}
		}
		err := lines.Err()
		if err == nil {
			err = io.EOF
		}
		yield(nil, err)
	}
}
