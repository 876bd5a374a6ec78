package matroska

import (
	"os"
	"testing"
	"time"
)

// BenchmarkRawPictures writes and reads pictures of 720p through a pipe, as confab publish does with each.
func BenchmarkRawPictures(b *testing.B) {
	picture := make([]byte, 1280*720*3/2)
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.SetBytes(int64(len(picture)))
	b.ReportAllocs()
	written := make(chan error, 1)
	go func() {
		writer, err := NewWriter(struct{ File }{w}, []Track{{Codec: RawVideo, Width: 1280, Height: 720, Rate: 30}})
		for i := 0; i < b.N && err == nil; i++ {
			err = writer.Write(Block{Timestamp: time.Duration(i) * 33 * time.Millisecond, Keyframe: true, Data: picture})
		}
		if err == nil {
			err = writer.Close()
		}
		written <- err
	}()
	reader, err := NewReader(r)
	if err != nil {
		b.Fatal(err)
	}
	count := 0
	if err := reader.Blocks(func(Block) { count++ }); err != nil || count != b.N {
		b.Errorf("%d of %d pictures, %v", count, b.N, err)
	}
	if err := <-written; err != nil {
		b.Error(err)
	}
}
