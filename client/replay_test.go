package client

import (
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

// members returns two in a meeting, of whom the second holds the first's key.
func members(t *testing.T) (first, second *e2ee.Session) {
	t.Helper()
	now := time.UnixMilli(1_700_000_000_000)
	secret := e2ee.NewSecret()
	all := map[string]*e2ee.Session{}
	for _, name := range []string{"ann", "bob"} {
		s, err := e2ee.New(e2ee.Config{Secret: secret, Room: "room-1", Name: name, Roles: e2ee.Publisher}, now)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = s
	}
	for name, s := range all {
		for other, o := range all {
			if o != s {
				if err := o.MemberJoined(name, s.Announcement(), now); err != nil {
					t.Fatal(other, err)
				}
			}
		}
	}
	for name, s := range all {
		s.Advance(now.Add(time.Second))
		for _, out := range s.Outgoing() {
			for _, part := range out.Parts {
				if err := all[part.To].Receive(name, out.Common, part.Payload, now); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return all["ann"], all["bob"]
}

func TestReplay(t *testing.T) {
	ann, bob := members(t)
	object := func(source media.Source, f media.Frame, h wire.Header) []byte {
		t.Helper()
		record, err := e2ee.AppendRecord(nil, &f)
		if err != nil {
			t.Fatal(err)
		}
		o, err := wire.SealObject(h, len(record)+e2ee.FrameOverhead, func(dst, header []byte) ([]byte, error) {
			return ann.Seal(dst, slotOf(source, 0), header, record)
		})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Release()
		return append([]byte(nil), o.Bytes()...)
	}
	picture := func(n int, group, number uint64) []byte {
		h := wire.Header{Group: group, Number: number}
		if number == 0 {
			h.Flags = wire.FlagKeyframe
		}
		return object(media.Camera, video(n), h)
	}
	r := NewReplay(bob.Held())
	for _, step := range []struct {
		what   string
		object []byte
		want   string
	}{
		{"the rest of a group", picture(5, 1, 5), ""},
		{"a keyframe", picture(10, 2, 0), "frame 10"},
		{"the next", picture(11, 2, 1), "frame 11"},
		{"after a gap", picture(15, 2, 5), ""},
		{"sound", object(media.Microphone, sound(1), wire.Header{Flags: wire.FlagLastOfGroup}), "sound 1"},
		{"no object", []byte{0xff}, ""},
	} {
		track := uint32(1)
		if step.what == "sound" {
			track = 2
		}
		source, f, ok := r.Open("ann", track, step.object)
		if ok != (step.want != "") || string(f.Payload) != step.want || ok && source != media.Camera && track == 1 {
			t.Errorf("%s: %q of %v, %v", step.what, f.Payload, source, ok)
		}
	}
	if _, _, ok := r.Open("carol", 1, picture(20, 3, 0)); ok {
		t.Error("a stranger's frame is opened")
	}
	if c := r.Stats(); c.Frames != 3 || c.Dropped != 2 || c.Undecryptable != 1 {
		t.Errorf("%+v", c)
	}
	r.Close()
	if _, _, ok := r.Open("ann", 1, picture(20, 3, 0)); ok {
		t.Error("a frame is opened without keys")
	}
}
