package room

import (
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

// expectedFor is how long one who moves between nodes may be told of by neither.
const expectedFor = 10 * time.Second

// A Destination is the node that a participant moves to. Its functions are called with the mutex of the room held: they must return
// at once and not call the room.
type Destination struct {
	Node string
	// Member stands for the participant once it is there.
	Member func(room, session string) Member
	// Send queues the handover.
	Send func(room string, h *pb.SessionHandover)
}

// HandOver makes p one of another node. complete adds to the handover what the room does not know; it is called with the mutex of the
// room held, so that what p was told by then is all that it is told here. If complete returns false, or p has left or has to join
// anew, nothing changes, and HandOver returns false. Spec: backbone.md §5.
func (p *Participant) HandOver(to Destination, q *relay.Queue, complete func(*pb.SessionHandover) bool, now time.Time) bool {
	r := p.room
	r.mu.Lock()
	handed := p.handOver(to, q, complete, now)
	r.mu.Unlock()
	r.registry.removeClosed(r)
	return handed
}

func (p *Participant) handOver(to Destination, q *relay.Queue, complete func(*pb.SessionHandover) bool, now time.Time) bool {
	r := p.room
	if p.gone || p.remote() || p.misses() {
		return false
	}
	h := p.handover(q)
	if !complete(h) {
		return false
	}
	// Whatever the other node is told of p from now on, it is told after the handover.
	to.Send(r.id, h)
	delete(r.own, p.Session)
	p.moves++
	r.registry.outside.Moved(r.id, p.Session, p.moves)
	p.quality.told = p.quality.level
	p.moveTo(to.Node, to.Member(r.id, p.Session))
	// What the other node tells may be of before it has taken p over.
	p.expectedUntil = now.Add(expectedFor)
	r.closeIfVacant(now)
	return true
}

// moveTo makes p a participant of another node; the room's mutex is held.
func (p *Participant) moveTo(node string, m Member) {
	p.node, p.Member = node, m
	for _, t := range p.tracks {
		t.aliases, t.stopped = nil, false
		t.media.SetUpstream(m, nil, false)
	}
	p.bind()
}

// handover describes p for the node that it moves to; the room's mutex is held.
func (p *Participant) handover(q *relay.Queue) *pb.SessionHandover {
	h := &pb.SessionHandover{
		State:           &pb.ParticipantState{Info: p.describe(), Quality: p.quality.level, Waiting: p.waiting, Moves: p.moves + 1},
		UsedNumbers:     p.usedNumbers,
		Settings:        p.room.settings,
		Name:            p.Name,
		MaxParticipants: uint32(p.MaxParticipants),
		Kept:            p.Kept,
		Lost:            p.lost(),
	}
	for _, t := range p.tracks {
		handed := &pb.HandedTrack{
			Info: &pb.TrackInfo{Track: t.info.Track, Source: t.info.Source, Muted: t.info.Muted}, Stopped: t.stopped,
		}
		for i, l := range t.info.Layers {
			handed.Info.Layers = append(handed.Info.Layers, layerInfo(l, t.aliases[i]))
		}
		handed.Wanted, handed.Told = t.media.Told()
		h.Tracks = append(h.Tracks, handed)
	}
	held, lastAlias := q.Held()
	h.LastAlias = lastAlias
	for other := range p.room.all() {
		for _, t := range other.tracks {
			if s, subscribed := held[t.media]; subscribed {
				h.Subscriptions = append(h.Subscriptions, &pb.HandedSubscription{Alias: s.Alias, Want: wantProto(t.info.Track, s.Want)})
			}
		}
		if other != p {
			s := other.state()
			h.Others = append(h.Others, &pb.Other{
				Node: other.node, State: &pb.ParticipantState{Info: s.Info, Quality: s.Quality, Waiting: s.Waiting, Moves: s.Moves},
			})
		}
	}
	return h
}

func layerInfo(l *pb.Layer, alias uint64) *pb.Layer {
	return &pb.Layer{
		Id: l.Id, Alias: alias, Width: l.Width, Height: l.Height, MaxFps: l.MaxFps, MaxBitrate: l.MaxBitrate,
	}
}

// WantOf returns what a subscriber asks for.
func WantOf(m *pb.Subscribe) relay.Want {
	return relay.Want{MaxHeight: m.GetMaxHeight(), MaxFPS: m.GetMaxFps(), Priority: uint8(min(m.GetPriority(), 255))}
}

func wantProto(track *pb.TrackRef, w relay.Want) *pb.Subscribe {
	return &pb.Subscribe{Track: track, MaxHeight: w.MaxHeight, MaxFps: w.MaxFPS, Priority: uint32(w.Priority)}
}
