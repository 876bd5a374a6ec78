package client

import (
	"testing"

	"github.com/openconfab/confab/internal/wire"
)

func TestOrder(t *testing.T) {
	type object struct {
		group, number uint64
		want          verdict
		lost          int
	}
	tests := map[string]struct {
		video   bool
		objects []object
	}{
		"video in order":                {true, []object{{1, 0, inOrder, 0}, {1, 1, inOrder, 0}, {2, 0, inOrder, 0}, {2, 1, inOrder, 0}}},
		"video from the middle":         {true, []object{{1, 5, unusable, 0}, {1, 6, unusable, 0}, {2, 0, inOrder, 0}}},
		"a discardable frame taken out": {true, []object{{1, 0, inOrder, 0}, {1, 2, inOrder, 0}, {1, 3, inOrder, 0}}},
		"a gap":                         {true, []object{{1, 0, inOrder, 0}, {1, 3, unusable, 2}, {1, 4, unusable, 0}, {2, 0, inOrder, 0}}},
		"a group without its beginning": {true, []object{{1, 0, inOrder, 0}, {2, 1, unusable, 0}, {2, 2, unusable, 0}, {3, 0, inOrder, 0}}},
		"an overtaken group":            {true, []object{{1, 0, inOrder, 0}, {2, 0, inOrder, 0}, {1, 1, tooLate, 0}, {2, 1, inOrder, 0}}},
		"twice":                         {true, []object{{1, 0, inOrder, 0}, {1, 0, tooLate, 0}, {1, 1, inOrder, 0}}},
		"sound with losses":             {false, []object{{1, 4, inOrder, 0}, {1, 6, inOrder, 1}, {1, 5, tooLate, 0}, {2, 0, inOrder, 0}, {2, 9, inOrder, 8}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := order{video: test.video, broken: true}
			for i, o := range test.objects {
				h := wire.Header{Group: o.group, Number: o.number}
				if o.number == 0 || !test.video {
					h.Flags |= wire.FlagKeyframe
				}
				if got, lost := d.next(h); got != o.want || lost != o.lost {
					t.Errorf("object %d: %v with %d lost, want %v with %d", i, got, lost, o.want, o.lost)
				}
			}
		})
	}
	d := order{}
	for group := range uint64(3) {
		h := wire.Header{Group: group, Flags: wire.FlagKeyframe | wire.FlagLastOfGroup}
		if v, lost := d.next(h); v != inOrder || lost != 0 {
			t.Errorf("group %d: %v, %d lost", group, v, lost)
		}
	}
	if _, lost := d.next(wire.Header{Group: 3, Number: 2, Flags: wire.FlagKeyframe}); lost != 2 {
		t.Errorf("after the end of a group %d lost, want 2", lost)
	}
}
