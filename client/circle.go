package client

import (
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// circle is what security tells a Room.
type circle Room

var _ membership = (*circle)(nil)

func (c *circle) room() *Room { return (*Room)(c) }

func (c *circle) sendE2EE(m *pb.E2EeMessage) {
	c.room().send(&pb.ClientMessage{Kind: &pb.ClientMessage_E2Ee{E2Ee: m}})
}

func (c *circle) memberChanged(m e2ee.Member) {
	r := c.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.members[m.Session]; p != nil {
		p.stand(m)
		if p.shown {
			r.events.send(ParticipantUpdated{p})
		}
	}
}

func (c *circle) memberGone(session string) {
	r := c.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.people {
		if p.session == session && p.leaving != nil {
			p.leaving.released = true
			if p.leaving.final {
				r.takeAway(p)
			}
			return
		}
	}
}

func (c *circle) membersChanged() { c.events.send(EncryptionChanged{}) }

func (c *circle) keyframeWanted(session string, source media.Source) {
	r := c.room()
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.members[session]; p != nil {
		if t := p.tracks[source]; t != nil && t.subscription != nil {
			t.subscription.requestKeyframe(time.Now())
		}
	}
}

func (c *circle) keyframesNeeded() { c.room().local.requestKeyframes() }

// collided joins anew when another has the same index and was there before.
func (c *circle) collided(session string) {
	r := c.room()
	r.mu.Lock()
	p := r.members[session]
	earlier := p != nil && p.earlier
	r.mu.Unlock()
	if earlier {
		r.log.Warn("another participant has the same index: joining anew")
		r.link.Rejoin()
	}
}

func (c *circle) openedFrame(s *Subscription, f openedFrame) { s.late(f) }

func (c *circle) openedData(from, topic string, data []byte) { c.room().deliver(from, topic, data) }

func (c *circle) decided(session *e2ee.Session) {
	if keep := c.config.KeepDecisions; keep != nil {
		keep(session.Decisions(time.Now()))
	}
}

func (c *circle) holds(session *e2ee.Session) {
	if keep := c.config.Keep; keep != nil {
		keep(session.Held())
	}
}
