package matroska

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var tracks = []Track{
	{Codec: VP9, Width: 640, Height: 360, Rate: 25},
	{Codec: Opus, Private: OpusHead(2), Channels: 2},
}

// clusterID is what the first frames come after.
var clusterID = []byte{0x1f, 0x43, 0xb6, 0x75}

// pipe is a file that can't be gone back in, and fails when it is full.
type pipe struct {
	bytes.Buffer
	room   int
	closed bool
}

var errFull = errors.New("no space left")

func (p *pipe) Write(b []byte) (int, error) {
	if p.room -= len(b); p.room < 0 {
		return 0, errFull
	}
	return p.Buffer.Write(b)
}

func (p *pipe) Close() error {
	p.closed = true
	return nil
}

// write writes seconds of frames: a keyframe every second.
func write(t *testing.T, f File, seconds int) error {
	t.Helper()
	w, err := NewWriter(f, tracks)
	if err != nil {
		return err
	}
	for i := range 25 * seconds {
		at := time.Duration(i) * 40 * time.Millisecond
		err = errors.Join(err,
			w.Write(Block{Track: 0, Timestamp: at, Keyframe: i%25 == 0, Data: []byte{byte(i), 1}}),
			w.Write(Block{Track: 1, Timestamp: at, Keyframe: true, Data: []byte{byte(i), 2}}))
	}
	return errors.Join(err, w.Close())
}

func read(t *testing.T, data []byte) (blocks []Block) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Tracks(); len(got) != 2 || got[0].Codec != VP9 || got[0].Width != 640 || got[0].Rate != 25 ||
		!bytes.Equal(got[1].Private, OpusHead(2)) || got[1].Channels != 2 {
		t.Fatalf("tracks %+v", got)
	}
	if err := r.Blocks(func(b Block) { blocks = append(blocks, b) }); err != nil {
		t.Fatal(err)
	}
	return blocks
}

func TestStreamIsReadAsWritten(t *testing.T) {
	p := &pipe{room: 1 << 20}
	if err := write(t, p, 60); err != nil || !p.closed {
		t.Fatal(err, p.closed)
	}
	blocks := read(t, p.Bytes())
	if len(blocks) != 60*50 {
		t.Fatalf("%d blocks", len(blocks))
	}
	for i, b := range blocks {
		n := i / 2
		if b.Track != i%2 || b.Timestamp != time.Duration(n)*40*time.Millisecond ||
			b.Keyframe != (b.Track == 1 || n%25 == 0) || !bytes.Equal(b.Data, []byte{byte(n), byte(i%2 + 1)}) {
			t.Fatalf("block %d is %+v", i, b)
		}
	}
}

// TestCutStreamIsReadUpToTheCut wherever it is cut, as at a crash.
func TestCutStreamIsReadUpToTheCut(t *testing.T) {
	p := &pipe{room: 1 << 20}
	if err := write(t, p, 3); err != nil {
		t.Fatal(err)
	}
	whole := p.Bytes()
	head, _, _ := bytes.Cut(whole, clusterID)
	last := 0
	for size := len(head); size < len(whole); size += 7 {
		blocks := read(t, whole[:size])
		if len(blocks) < last {
			t.Fatalf("%d blocks of %d bytes, %d of fewer", len(blocks), size, last)
		}
		last = len(blocks)
	}
	if last < 145 {
		t.Errorf("%d blocks before the last cut", last)
	}
	for size := range 60 {
		if _, err := NewReader(bytes.NewReader(whole[:size])); err == nil {
			t.Fatalf("%d bytes were taken for a stream", size)
		}
	}
}

func TestFullDiskIsAnErrorThatStays(t *testing.T) {
	for _, room := range []int{0, 2000, 4000} {
		p := &pipe{room: room}
		if err := write(t, p, 60); !errors.Is(err, errFull) || !p.closed {
			t.Errorf("room for %d bytes: %v, closed %v", room, err, p.closed)
		}
	}
}

func TestFileGetsAnIndex(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a.webm"))
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t, f, 30); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if len(read(t, data)) != 30*50 {
		t.Error("blocks are missing")
	}
	head, _, _ := bytes.Cut(data, clusterID)
	if cues := bytes.Count(head, []byte{0xbb}); cues < 10 {
		t.Errorf("%d entries in the index of 30 s", cues)
	}
}

func FuzzReader(f *testing.F) {
	p := &pipe{room: 1 << 20}
	w, err := NewWriter(p, tracks)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 3 {
		if err := w.Write(Block{Track: i & 1, Timestamp: time.Duration(i) * time.Second, Data: []byte("frame")}); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(p.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		_ = r.Blocks(func(b Block) {
			if b.Track >= len(r.Tracks()) || len(b.Data) == 0 {
				t.Fatalf("block %+v", b)
			}
		})
	})
}
