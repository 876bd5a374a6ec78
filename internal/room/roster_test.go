package room

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// view is what a client makes of Welcome and the messages after it. It fails on a message that does not fit.
type view struct {
	tracks map[string]map[uint32]bool
}

func newView(t testing.TB, others []*pb.ParticipantInfo) *view {
	v := &view{tracks: map[string]map[uint32]bool{}}
	for _, other := range others {
		v.add(t, other)
	}
	return v
}

func (v *view) add(t testing.TB, p *pb.ParticipantInfo) {
	t.Helper()
	if v.tracks[p.Session] != nil {
		t.Errorf("%s joins twice", p.Session)
	}
	v.tracks[p.Session] = map[uint32]bool{}
	for _, track := range p.Tracks {
		v.tracks[p.Session][track.Track.Number] = track.Muted
	}
}

func (v *view) apply(t testing.TB, m *pb.ServerMessage) {
	t.Helper()
	tracks := func(ref *pb.TrackRef, exists bool) map[uint32]bool {
		tracks := v.tracks[ref.Session]
		if tracks == nil {
			t.Errorf("of unknown %s: %v", ref.Session, m)
			return map[uint32]bool{}
		}
		if _, known := tracks[ref.Number]; known != exists {
			t.Errorf("track %d is known: %v: %v", ref.Number, known, m)
		}
		return tracks
	}
	switch kind := m.Kind.(type) {
	case *pb.ServerMessage_ParticipantJoined:
		v.add(t, kind.ParticipantJoined.Participant)
	case *pb.ServerMessage_ParticipantLeft:
		if v.tracks[kind.ParticipantLeft.Session] == nil {
			t.Errorf("unknown %s leaves", kind.ParticipantLeft.Session)
		}
		delete(v.tracks, kind.ParticipantLeft.Session)
	case *pb.ServerMessage_TrackPublished:
		track := kind.TrackPublished.Track
		tracks(track.Track, false)[track.Track.Number] = track.Muted
	case *pb.ServerMessage_TrackUpdated:
		track := kind.TrackUpdated.Track
		tracks(track.Track, true)[track.Track.Number] = track.Muted
	case *pb.ServerMessage_TrackUnpublished:
		ref := kind.TrackUnpublished.Track
		delete(tracks(ref, true), ref.Number)
	default:
		t.Errorf("unexpected: %v", m)
	}
}

// TestEveryViewIsTrue has participants come, go, replace each other, publish and unpublish at random, and compares what
// each can conclude from its messages with what is.
func TestEveryViewIsTrue(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			r := NewRegistry(DefaultLimits(), nil, nil)
			members := map[string]*member{}
			views := map[string]*view{}
			truth := map[string]map[uint32]bool{}
			hidden := map[string]bool{}
			for step := range 400 {
				sessions := slices.Sorted(maps.Keys(members))
				action := random.IntN(10)
				if len(sessions) == 0 {
					action = 0
				}
				var m *member
				if len(sessions) > 0 {
					m = members[sessions[random.IntN(len(sessions))]]
				}
				switch action {
				case 0, 1:
					id := fmt.Sprint("s", step)
					grants := everything()
					grants.Hidden = random.IntN(5) == 0
					grants.Subscribe = random.IntN(3) != 0
					if random.IntN(3) == 0 {
						grants.Publish = nil
					}
					m, joined := enter(t, r, id, fmt.Sprint("identity ", random.IntN(8)), grants)
					for old, m := range members {
						if m.dismissed != "" {
							delete(members, old)
							delete(views, old)
							delete(truth, old)
						}
					}
					members[id], views[id], truth[id] = m, newView(t, joined.Admitted.Participants), map[uint32]bool{}
					hidden[id] = grants.Hidden
				case 2:
					m.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
					m.Leave(pb.LeaveReason_LEAVE_REASON_LOST, start)
					delete(members, m.Session)
					delete(views, m.Session)
					delete(truth, m.Session)
				case 3, 4, 5:
					number := uint32(random.IntN(30))
					track := microphone(number)
					track.Source = pb.Source(1 + random.IntN(4))
					if m.Publish(track) == nil {
						truth[m.Session][number] = false
					}
				case 6, 7, 8:
					for number := range truth[m.Session] {
						muted := random.IntN(2) == 0
						if err := m.SetMuted(number, muted, start); err != nil {
							t.Error(err)
						}
						truth[m.Session][number] = muted
					}
				case 9:
					for number := range truth[m.Session] {
						if err := m.Unpublish(number, start); err != nil {
							t.Error(err)
						}
						delete(truth[m.Session], number)
						break
					}
				}
				for id, m := range members {
					for _, msg := range m.drain() {
						views[id].apply(t, msg)
					}
					want := map[string]map[uint32]bool{}
					for other, tracks := range truth {
						switch {
						case other == id || hidden[other]:
						case m.Grants().Subscribe:
							want[other] = tracks
						case len(m.Grants().Publish) > 0 && !hidden[id]:
							want[other] = nil
						}
					}
					if !maps.EqualFunc(views[id].tracks, want, maps.Equal[map[uint32]bool, map[uint32]bool]) {
						t.Fatalf("step %d: %s sees %v, there is %v", step, id, views[id].tracks, want)
					}
				}
			}
			for _, m := range members {
				m.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
			}
			if rooms, participants := r.Count(); rooms != 0 || participants != 0 {
				t.Errorf("left over: %d rooms, %d participants", rooms, participants)
			}
		})
	}
}

func TestNamesAreChecked(t *testing.T) {
	long := strings.Repeat("a", 64)
	for id, want := range map[string]bool{
		"a": true, "Room.1_2-3": true, long: true, "": false, long + "a": false, "a b": false, "a/b": false, "ä": false, "a\x00": false,
	} {
		if ValidID(id) != want {
			t.Errorf("room %q: %v", id, !want)
		}
	}
	for identity, want := range map[string]bool{
		"ann@example.org": true, "Änn Ω": true, long + long: true, "": false, long + long + "a": false,
		"a\n": false, "a\u0085": false, "\xff": false,
	} {
		if ValidIdentity(identity) != want {
			t.Errorf("identity %q: %v", identity, !want)
		}
	}
}

func TestARoomThatEmptiesWhileSomebodyComesIsOpenedAgain(t *testing.T) {
	r := NewRegistry(DefaultLimits(), nil, nil)
	first, _ := enter(t, r, "1", "ann", everything())
	old := r.open("room")
	first.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	if _, open, _ := old.join(Joining{Member: &member{t: t}}); open {
		t.Error("a closed room lets somebody in")
	}
	second, joined := enter(t, r, "2", "bob", everything())
	if others := joined.Admitted.Participants; len(others) != 0 {
		t.Errorf("sees %v", others)
	}
	if err := first.Publish(microphone(1)); wire.CodeOf(err) != wire.CodeForbidden {
		t.Errorf("who has left publishes: %v", err)
	}
	second.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
}
