package backbone

import (
	"slices"
	"testing"
)

func TestKeptObjects(t *testing.T) {
	var b []byte
	objects := []Kept{{"first", 1, []byte("object")}, {"", 0, nil}, {"second", 1<<32 - 1, make([]byte, 300)}}
	for _, k := range objects {
		b = AppendKept(b, k)
	}
	for ; len(b) > 0; objects = objects[1:] {
		k, rest, err := NextKept(b)
		if err != nil {
			t.Fatal(err)
		}
		if want := objects[0]; k.Session != want.Session || k.Track != want.Track || !slices.Equal(k.Object, want.Object) {
			t.Errorf("%+v, not %+v", k, want)
		}
		b = rest
	}
	if len(objects) > 0 {
		t.Errorf("%d objects are missing", len(objects))
	}
}

func FuzzNextKept(f *testing.F) {
	f.Add(AppendKept(nil, Kept{"session", 7, []byte("object")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, rest, err := NextKept(b)
		if err != nil {
			return
		}
		if again, left, err := NextKept(AppendKept(nil, k)); err != nil || len(left) > 0 || again.Session != k.Session ||
			again.Track != k.Track || !slices.Equal(again.Object, k.Object) || len(rest) >= len(b) {
			t.Errorf("%+v became %+v", k, again)
		}
	})
}
