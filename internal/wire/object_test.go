package wire

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func wantPanic(t *testing.T, about string, f func()) {
	t.Helper()
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, about) {
			t.Errorf("panicked with %q, want something about %q", r, about)
		}
	}()
	f()
}

func testObject(t testing.TB, payload int) *Object {
	t.Helper()
	b := make([]byte, payload)
	for i := range b {
		b[i] = byte(i)
	}
	return NewObject(Header{Flags: FlagKeyframe, Group: 7}, b)
}

func TestObjectCounts(t *testing.T) {
	before := LiveObjects()
	o := testObject(t, 100)
	if o.Retain() != o || LiveObjects() != before+1 {
		t.Error("a retained object is not the same object")
	}
	o.Release()
	if got := o.Payload(); len(got) != 100 || got[99] != 99 {
		t.Errorf("payload after one of two releases: %x", got)
	}
	o.Release()
	if got := LiveObjects(); got != before {
		t.Errorf("%d objects live, want %d", got, before)
	}
}

func TestObjectMisusePanics(t *testing.T) {
	live := LiveObjects()
	released := func() *Object {
		o := &Object{buf: make([]byte, 8, 1<<smallestClass)}
		liveObjects.Add(1)
		o.refs.Store(1)
		o.Release()
		return o
	}
	wantPanic(t, "released too often", func() { released().Release() })
	wantPanic(t, "after its last release", func() { released().Retain() })
	wantPanic(t, "after its last release", func() { released().Bytes() })
	wantPanic(t, "after its last release", func() { released().Payload() })
	wantPanic(t, "after its last release", func() { released().HeaderBytes() })
	wantPanic(t, "empty payload", func() { NewObject(Header{}, nil) })
	wantPanic(t, "reserved flag", func() { Header{Flags: 0x40}.Append(nil) })
	wantPanic(t, "does not fit a varint", func() { AppendVarint(nil, MaxVarint+1) })
	wantPanic(t, "no such error code", func() { Errorf("nonsense", "") })
	if got := LiveObjects(); got != live {
		t.Errorf("%d objects live, want %d", got, live)
	}
}

func TestObjectSharedByManyReaders(t *testing.T) {
	live := LiveObjects()
	o := testObject(t, 4096)
	want := bytes.Clone(o.Bytes())
	var wg sync.WaitGroup
	for range 32 {
		o.Retain()
		wg.Go(func() {
			defer o.Release()
			if !bytes.Equal(o.Bytes(), want) {
				t.Error("the bytes changed")
			}
		})
	}
	o.Release()
	wg.Wait()
	if got := LiveObjects(); got != live {
		t.Errorf("%d objects live, want %d", got, live)
	}
}

// Objects of every size come back as they were sent, however the stream is cut, also past what is trusted and pooled.
func TestReadObjectSizes(t *testing.T) {
	live := LiveObjects()
	random := rand.New(rand.NewPCG(1, 2))
	for _, payload := range []int{1, 200, 256, 5000, trustedSize, trustedSize + 1, 300_000, 1<<largestClass + 1} {
		sent := testObject(t, payload)
		for _, r := range []io.Reader{
			bytes.NewReader(sent.Bytes()),
			iotest.DataErrReader(bytes.NewReader(sent.Bytes())),
			&choppedReader{bytes.NewReader(sent.Bytes()), random},
		} {
			got, err := ReadObject(r, sent.Len())
			if err != nil {
				t.Fatalf("payload of %d bytes: %v", payload, err)
			}
			if got.Header != sent.Header || !bytes.Equal(got.Bytes(), sent.Bytes()) {
				t.Errorf("payload of %d bytes came back different", payload)
			}
			got.Release()
		}
		sent.Release()
	}
	if got := LiveObjects(); got != live {
		t.Errorf("%d objects live, want %d", got, live)
	}
}

type choppedReader struct {
	r      io.Reader
	random *rand.Rand
}

func (c *choppedReader) Read(b []byte) (int, error) {
	return c.r.Read(b[:min(len(b), 1+c.random.IntN(1400))])
}

func TestReadObjectFailures(t *testing.T) {
	live := LiveObjects()
	whole := testObject(t, 100_000)
	for _, size := range []int{0, 1, 10, trustedSize, 100_000} {
		if _, err := ReadObject(bytes.NewReader(whole.Bytes()[:size]), whole.Len()); CodeOf(err) != CodeMalformed {
			t.Errorf("cut short at %d: %v", size, err)
		}
	}
	broken := io.MultiReader(bytes.NewReader(whole.Bytes()[:70_000]), iotest.ErrReader(io.ErrClosedPipe))
	if _, err := ReadObject(broken, whole.Len()); err != io.ErrClosedPipe {
		t.Errorf("got %v, want the reader's error", err)
	}
	whole.Release()
	if got := LiveObjects(); got != live {
		t.Errorf("%d objects live, want %d", got, live)
	}
}

// An announced size alone must not cost memory.
func TestReadObjectTrustsNoSize(t *testing.T) {
	r := &largestRead{}
	if _, err := ReadObject(r, 4<<20); CodeOf(err) != CodeMalformed {
		t.Fatal(err)
	}
	if r.largest > trustedSize {
		t.Errorf("set aside %d bytes before any arrived", r.largest)
	}
}

type largestRead struct{ largest int }

func (l *largestRead) Read(b []byte) (int, error) {
	l.largest = max(l.largest, len(b))
	return 0, io.EOF
}

func TestLevel(t *testing.T) {
	voice := Header{Flags: FlagLevel, Level: 0x80 | 30}
	if !voice.Voice() || voice.Loudness() != 30 {
		t.Errorf("voice %t at -%d dBov", voice.Voice(), voice.Loudness())
	}
	if none := (Header{Level: 0x80}); none.Voice() || none.Loudness() != 127 {
		t.Errorf("without a level: voice %t at -%d dBov", none.Voice(), none.Loudness())
	}
}

func BenchmarkParseObject(b *testing.B) {
	o := testObject(b, 4096)
	defer o.Release()
	b.ReportAllocs()
	b.SetBytes(int64(o.Len()))
	for b.Loop() {
		parsed, err := ParseObject(o.Bytes())
		if err != nil {
			b.Fatal(err)
		}
		parsed.Release()
	}
}
