package cluster_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// inhabitant joins anew when it is told to, and takes nobody whose announcement it has seen before, as end-to-end encryption does.
type inhabitant struct {
	*testing.T

	name   string
	at     *station
	client *sessiontest.Client
	// joined counts how often it has.
	joined int
	// past are the announcements that it has seen in this session, here the names of those who are there by session.
	past map[string]bool
	here map[string]string
}

func (i *inhabitant) join() {
	i.joined++
	i.client = i.at.announce(i.name, fmt.Sprint(i.name, i.joined))
	i.past, i.here = map[string]bool{}, map[string]string{}
	for _, p := range i.client.Welcome().Participants {
		i.meet(p)
	}
}

func (i *inhabitant) meet(p *pb.ParticipantInfo) {
	announcement := string(p.Announcement)
	if i.past[announcement] {
		i.Errorf("%s is shown %s again", i.name, announcement)
	}
	i.past[announcement] = true
	i.here[p.Session] = p.Identity
}

// catchUp takes in what has come.
func (i *inhabitant) catchUp() {
	for _, m := range i.client.Pending() {
		switch k := m.Kind.(type) {
		case *pb.ServerMessage_ParticipantJoined:
			i.meet(k.ParticipantJoined.Participant)
		case *pb.ServerMessage_ParticipantLeft:
			delete(i.here, k.ParticipantLeft.Session)
		}
	}
	select {
	case <-i.client.Conn().Done():
		if closed, _, err := i.client.WaitEnd(); closed.GetCode() != wire.CodeSplit {
			i.Errorf("%s was told %v, %v", i.name, closed, err)
		}
		i.join()
	default:
	}
}

// TestSplitRoom: where nodes have given each other up, those of one of them join anew by themselves once they reach each other again,
// and everybody sees everybody.
func TestSplitRoom(t *testing.T) {
	simulateStations(t, 3, func(t *testing.T, network *local.Network, stations []*station) {
		var people []*inhabitant
		for name, at := range map[string]int{"ann": 0, "abe": 0, "bob": 1, "bea": 1, "cyd": 2} {
			p := &inhabitant{T: t, name: name, at: stations[at]}
			p.join()
			people = append(people, p)
		}
		pass := func(d time.Duration) {
			for range d / soon {
				time.Sleep(soon)
				synctest.Wait()
				for _, p := range people {
					p.catchUp()
				}
			}
		}
		cut := func(cut bool) {
			for _, other := range stations[:2] {
				network.SetCut(stations[2].backbone, other.backbone, cut)
				network.SetCut(other.backbone, stations[2].backbone, cut)
			}
		}
		pass(time.Second)
		for range 2 {
			cut(true)
			pass(40 * time.Second)
			late := &inhabitant{T: t, name: fmt.Sprint("late ", len(people)), at: stations[2]}
			late.join()
			people = append(people, late)
			before := map[string]int{}
			for _, p := range people {
				before[p.name] = p.joined
			}
			cut(false)
			pass(10 * time.Second)
			anew := 0
			for _, p := range people {
				anew += p.joined - before[p.name]
				seen := slices.Sorted(maps.Values(p.here))
				if len(slices.Compact(seen)) != len(people)-1 || len(p.here) != len(people)-1 {
					t.Errorf("%s sees %q", p.name, seen)
				}
			}
			if late.joined != 1 {
				t.Error("one who was told of nobody's leaving had to join anew")
			}
			if anew < 1 || anew > len(people)-2 {
				t.Errorf("%d of %d have joined anew", anew, len(people))
			}
			pass(time.Minute)
			for _, p := range people {
				anew -= p.joined - before[p.name]
			}
			if anew != 0 {
				t.Error("there was no end to it")
			}
		}
	})
}

// TestSplitSessionStays: one who was told of somebody's leaving does not move to a node where that one is, but joins anew there.
func TestSplitSessionStays(t *testing.T) {
	simulateStations(t, 3, func(t *testing.T, network *local.Network, stations []*station) {
		ann := stations[0].join("ann")
		stations[1].join("bob")
		stations[2].join("cyd")
		kinds(ann, time.Second)
		network.SetCut(stations[0].backbone, stations[1].backbone, true)
		network.SetCut(stations[1].backbone, stations[0].backbone, true)
		time.Sleep(40 * time.Second)
		hello := &pb.Hello{Versions: []uint32{1}, Resume: &pb.Resume{Session: ann.Session(), Ticket: ann.Welcome().ResumeTicket}}
		if _, err := sessiontest.Join(stations[2].dial(), hello); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("resuming: %v", err)
		}
		if w := stations[2].announce("ann", "another").Welcome(); len(w.Participants) != 2 {
			t.Errorf("welcomed with %v", w.Participants)
		}
	})
}
