package e2ee

import (
	"fmt"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// pair is two sessions that have each other's keys.
func pair(tb testing.TB) (alice, bob *Session, now time.Time) {
	now = time.UnixMilli(1_700_000_000_000)
	sessions := map[string]*Session{}
	for _, name := range []string{"alice", "bob"} {
		s, err := New(Config{Secret: simSecret, Room: "pair", Roles: Publisher}, now)
		if err != nil {
			tb.Fatal(err)
		}
		sessions[name] = s
	}
	alice, bob = sessions["alice"], sessions["bob"]
	if err := alice.MemberJoined("bob", bob.Announcement(), now); err != nil {
		tb.Fatal(err)
	}
	if err := bob.MemberJoined("alice", alice.Announcement(), now); err != nil {
		tb.Fatal(err)
	}
	alice.Advance(now)
	for _, o := range alice.Outgoing() {
		for _, p := range o.Parts {
			if err := bob.Receive("alice", o.Common, p.Payload, now); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return alice, bob, now
}

func TestSealAndOpenDoNotAllocate(t *testing.T) {
	alice, bob, now := pair(t)
	header, frame := []byte{1, 2, 3}, make([]byte, 1200)
	sealed, plaintext := make([]byte, 0, len(frame)+FrameOverhead), make([]byte, 0, len(frame))
	seal := func() {
		var err error
		if sealed, err = alice.Seal(sealed[:0], camera, header, frame); err != nil {
			t.Fatal(err)
		}
	}
	open := func() {
		if _, _, err := bob.Open(plaintext, "alice", Object{Source: media.Camera, Header: header, Payload: sealed}, now); err != nil {
			t.Fatal(err)
		}
	}
	seal()
	open()
	if n := testing.AllocsPerRun(100, func() { seal(); open() }); n != 0 {
		t.Errorf("sealing and opening a frame allocates %v times", n)
	}
}

func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{120, 1200, 12000, 120000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			alice, _, _ := pair(b)
			header, frame := []byte{1, 2, 3}, make([]byte, size)
			dst := make([]byte, 0, size+FrameOverhead)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := alice.Seal(dst, camera, header, frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Each frame opens once only, so that opening is measured together with sealing.
func BenchmarkSealAndOpen(b *testing.B) {
	for _, size := range []int{120, 1200, 12000, 120000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			alice, bob, now := pair(b)
			header, frame := []byte{1, 2, 3}, make([]byte, size)
			sealed, dst := make([]byte, 0, size+FrameOverhead), make([]byte, 0, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if sealed, err = alice.Seal(sealed[:0], camera, header, frame); err != nil {
					b.Fatal(err)
				}
				if _, _, err := bob.Open(dst, "alice", Object{Source: media.Camera, Header: header, Payload: sealed}, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEnter is what one who enters a room computes before it can send: verifying and channels.
func BenchmarkEnter(b *testing.B) {
	now := time.UnixMilli(1_700_000_000_000)
	const members = 100
	announcements := make([][]byte, members)
	for i := range announcements {
		s, err := New(Config{Secret: simSecret, Room: "pair", Roles: Publisher}, now)
		if err != nil {
			b.Fatal(err)
		}
		announcements[i] = s.Announcement()
	}
	for b.Loop() {
		s, err := New(Config{Secret: simSecret, Room: "pair", Roles: Publisher}, now)
		if err != nil {
			b.Fatal(err)
		}
		for i, a := range announcements {
			if err := s.MemberJoined(fmt.Sprint(i), a, now); err != nil {
				b.Fatal(err)
			}
		}
		s.Advance(now)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/members, "µs/member")
}

// BenchmarkRotate is what a leave costs one who publishes in a room of a thousand.
func BenchmarkRotate(b *testing.B) {
	now := time.UnixMilli(1_700_000_000_000)
	alice, bob, _ := pair(b)
	a, err := openAnnouncement(alice.meeting, bob.Announcement())
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		m := &member{session: fmt.Sprint(i), state: Verified, announcement: a}
		m.out.channel = newGCM(make([]byte, 32))
		alice.members = append(alice.members, m)
	}
	for b.Loop() {
		alice.rotate(now)
		alice.outgoing = nil
	}
}
