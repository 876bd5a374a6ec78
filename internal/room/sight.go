package room

import "github.com/openconfab/confab/internal/wire/pb"

// sight is how much of a room a participant sees. Spec: wire.md §2.7.
type sight uint8

const (
	// blind ones are told of nobody.
	blind sight = iota
	// informed ones are told who is there, and get their E2EE messages: one who publishes has to hand its keys to those who receive.
	informed
	// receiving ones are told of tracks too, and may subscribe to them.
	receiving
)

func sightOf(g *pb.Grants) sight {
	switch {
	case g.GetSubscribe():
		return receiving
	case len(g.GetPublish()) > 0 && !g.GetHidden():
		return informed
	default:
		return blind
	}
}

// reveal tells p what it sees now and did not before, or the other way round; the mutex is held.
func (r *Room) reveal(p *Participant, before sight) {
	now := sightOf(p.Grants())
	if now == before {
		return
	}
	for _, other := range r.members {
		if other == p || other.hidden() || !p.knows(other) {
			continue
		}
		switch {
		case before == blind:
			p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantJoined{
				ParticipantJoined: &pb.ParticipantJoined{Participant: other.info(p)},
			}})
		case now == blind:
			p.told(&pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantLeft{
				ParticipantLeft: &pb.ParticipantLeft{Session: other.Session, Reason: pb.LeaveReason_LEAVE_REASON_LEFT},
			}})
		default:
			for _, t := range other.tracks {
				p.told(revealed(t.info, now == receiving))
			}
		}
	}
	if before == blind {
		r.tellQuality(p)
	}
}

func revealed(t *pb.TrackInfo, there bool) *pb.ServerMessage {
	if there {
		return &pb.ServerMessage{Kind: &pb.ServerMessage_TrackPublished{TrackPublished: &pb.TrackPublished{Track: t}}}
	}
	return &pb.ServerMessage{Kind: &pb.ServerMessage_TrackUnpublished{TrackUnpublished: &pb.TrackUnpublished{Track: t.Track}}}
}

// told delivers a message to the participant.
func (p *Participant) told(m *pb.ServerMessage) { p.Member.Deliver(encode(m)) }
