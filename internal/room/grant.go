package room

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// grant changes what p may do from now on; the mutex is held. Spec: wire.md §9.4.
func (r *Room) grant(p *Participant, wanted *pb.Grants, by string, now time.Time) {
	before := p.Grants()
	grants := &pb.Grants{
		Join: before.GetJoin(), Hidden: before.GetHidden(),
		Subscribe: wanted.GetSubscribe(), Data: wanted.GetData(), Admin: wanted.GetAdmin(),
	}
	for source := range pb.Source_name {
		if s := pb.Source(source); s != pb.Source_SOURCE_UNSPECIFIED && slices.Contains(wanted.GetPublish(), s) {
			grants.Publish = append(grants.Publish, s)
		}
	}
	slices.Sort(grants.Publish)
	if proto.Equal(before, grants) {
		return
	}
	p.grants.Store(grants)
	r.allow(p.Identity, grants)
	r.announceUpdated(p)
	for number, t := range p.tracks {
		if p.granted(t.info.Source) != nil {
			p.end(number, t, by, now)
		}
	}
	r.reveal(p, sightOf(before))
	if before.GetSubscribe() && !grants.GetSubscribe() {
		p.Member.Deafened()
	}
	if grants.GetAdmin() && !before.GetAdmin() {
		for _, other := range r.waiting {
			p.told(waitingJoined(other))
		}
	}
	p.changed()
}

// narrowed returns what is left of grants of which hosts have allowed some, or all if that is nil. Who is a host is decided elsewhere.
func narrowed(g, allowed *pb.Grants) *pb.Grants {
	if allowed == nil {
		return g
	}
	left := proto.CloneOf(g)
	left.Subscribe = g.GetSubscribe() && allowed.GetSubscribe()
	left.Data = g.GetData() && allowed.GetData()
	left.Publish = slices.DeleteFunc(left.Publish, func(s pb.Source) bool { return !slices.Contains(allowed.GetPublish(), s) })
	return left
}

// SetHand raises or lowers the participant's hand. It fails with "forbidden" for one who is hidden.
func (p *Participant) SetHand(raised bool, now time.Time) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.present(); err != nil {
		return err
	}
	if p.hidden() {
		return wire.Errorf(wire.CodeForbidden, "a hidden participant has no hand to raise")
	}
	switch {
	case !raised:
		r.setHand(p, 0)
	case p.hand == 0:
		r.setHand(p, now.UnixMilli())
	}
	return nil
}

func (r *Room) setHand(p *Participant, hand int64) {
	if p.hand == hand {
		return
	}
	p.hand = hand
	r.announceUpdated(p)
	p.changed()
}

// announceUpdated tells the others what p is now, and p itself; the mutex is held.
func (r *Room) announceUpdated(p *Participant) {
	info := p.describe()
	info.Announcement = nil
	m := &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantUpdated{
		ParticipantUpdated: &pb.ParticipantUpdated{Participant: info},
	}}
	r.announce(p, Informed, m)
	if !p.remote() {
		p.told(m)
	}
}
