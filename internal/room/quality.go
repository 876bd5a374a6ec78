package room

import (
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// reportLife is for how long a receiver's report counts.
	reportLife = 15 * time.Second
	// assessEvery bounds the work in big rooms, where a popular publisher is reported of hundreds of times a second. What
	// waits for it is seen to by Reassess.
	assessEvery = time.Second
	// improveAfter keeps a quality from going up and down with every report.
	improveAfter = 5 * time.Second
	// lossStep is the change of audio loss, in thousandths, that a publisher is told of.
	lossStep = 10

	goodLoss, poorLoss = 10, 50
	// Receivers' buffers make up for 200 ms of jitter: what it costs first is delay, which is noticed from about 150 ms on
	// (ITU-T G.114).
	goodJitter, poorJitter = 60 * time.Millisecond, 150 * time.Millisecond
)

// link is what one receiver reported lately of one publisher.
type link struct {
	at time.Time
	// loss is the share of lost objects in thousandths, audioLoss that of sound alone.
	loss, audioLoss uint32
	jitter          time.Duration
}

func (l link) fresh(now time.Time) bool { return now.Sub(l.at) < reportLife }

func (l link) level() pb.Quality {
	switch {
	case l.loss >= poorLoss || l.jitter >= poorJitter:
		return pb.Quality_QUALITY_POOR
	case l.loss >= goodLoss || l.jitter >= goodJitter:
		return pb.Quality_QUALITY_GOOD
	default:
		return pb.Quality_QUALITY_EXCELLENT
	}
}

// quality is what a room knows of a participant's connection. It is guarded by the room's mutex.
type quality struct {
	// receivers has what others reported of this participant's tracks, senders what this one reported of others'.
	receivers, senders map[*Participant]link
	// level is what the others were told, or take for granted: that it is excellent.
	level pb.Quality
	since time.Time
	lost  bool
	// told is what the node of a participant of another node told last.
	told     pb.Quality
	assessed time.Time
	// audioLoss is what the participant was told last.
	audioLoss uint32
}

// Report takes in what p received of tracks that it is subscribed to; others are ignored. Whoever's quality changes by
// it is announced, and publishers learn how much of their sound is lost.
func (p *Participant) Report(reports []*pb.TrackReport, subscribed func(*relay.Track) bool, now time.Time) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.present() != nil {
		return
	}
	type count struct{ received, lost, audioReceived, audioLost, jitter uint64 }
	counts := map[*Participant]*count{}
	for _, report := range reports {
		t := r.track(report.GetTrack())
		if t == nil || !subscribed(t.media) {
			continue
		}
		publisher := r.members[report.Track.Session]
		c := counts[publisher]
		if c == nil {
			c = &count{}
			counts[publisher] = c
		}
		received, lost := uint64(report.Received), uint64(report.Lost)
		c.received += received
		c.lost += lost
		c.jitter = max(c.jitter, uint64(report.JitterUs))
		if t.media.Audio() {
			c.audioReceived += received
			c.audioLost += lost
		}
	}
	changed := []*Participant{p}
	for publisher, c := range counts {
		if publisher == p || c.received+c.lost == 0 {
			continue
		}
		l := link{
			at:        now,
			loss:      permille(c.lost, c.received),
			audioLoss: permille(c.audioLost, c.audioReceived),
			jitter:    time.Duration(c.jitter) * time.Microsecond,
		}
		put(&p.quality.senders, publisher, l)
		if publisher.remote() {
			r.registry.outside.Reported(r.id, publisher.node, publisher.Session, p.Session, Reception{Loss: l.loss, AudioLoss: l.audioLoss, Jitter: l.jitter})
			continue
		}
		put(&publisher.quality.receivers, p, l)
		changed = append(changed, publisher)
	}
	r.assess(changed, now)
}

func permille(lost, received uint64) uint32 {
	if lost == 0 {
		return 0
	}
	return uint32(lost * 1000 / (lost + received))
}

func put(links *map[*Participant]link, other *Participant, l link) {
	if *links == nil {
		*links = map[*Participant]link{}
	}
	(*links)[other] = l
}

// SetConnected notes that the participant's connection dropped, or that it is back. The others are told.
func (p *Participant) SetConnected(connected bool, now time.Time) {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if !p.gone && p.quality.lost == connected {
		p.quality.lost = !connected
		// Either is told at once.
		p.quality.since, p.quality.assessed = time.Time{}, time.Time{}
		r.assess([]*Participant{p}, now)
	}
}

// Reassess notes the passing of time: reports that are too old count no more. It is to be called every few seconds.
func (p *Participant) Reassess(now time.Time) {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if !p.gone {
		p.room.assess([]*Participant{p}, now)
	}
}

// forgetQuality drops everything that was reported by or of p, so that it steers nobody any more.
func (r *Room) forgetQuality(p *Participant, now time.Time) {
	var changed []*Participant
	for other := range p.quality.senders {
		delete(other.quality.receivers, p)
		changed = append(changed, other)
	}
	for other := range p.quality.receivers {
		delete(other.quality.senders, p)
		changed = append(changed, other)
	}
	p.quality = quality{level: p.quality.level}
	r.assess(changed, now)
}

// tellQuality tells one who has joined whose link is not excellent.
func (r *Room) tellQuality(p *Participant) {
	var others []*pb.ParticipantQuality
	for _, other := range r.members {
		if other != p && !other.hidden() && other.quality.level != pb.Quality_QUALITY_EXCELLENT {
			others = append(others, &pb.ParticipantQuality{Session: other.Session, Quality: other.quality.level})
		}
	}
	if len(others) > 0 && p.informed() {
		p.Member.Deliver(encodeQuality(others, 0))
	}
}

// assess finds out the quality of the participants anew and tells whom it concerns.
func (r *Room) assess(participants []*Participant, now time.Time) {
	var announced []*pb.ParticipantQuality
	told := map[*Participant]bool{}
	for _, p := range participants {
		q := &p.quality
		if p.gone || p.waiting || p.remote() || now.Sub(q.assessed) < assessEvery {
			continue
		}
		q.assessed = now
		if level := q.assess(now); level != q.level && (level < q.level || now.Sub(q.since) >= improveAfter) {
			q.level, q.since = level, now
			p.changed()
			if !p.hidden() {
				announced = append(announced, &pb.ParticipantQuality{Session: p.Session, Quality: level})
			}
		}
		loss := q.worstAudioLoss(now)
		if loss != q.audioLoss && (loss == 0 || loss >= q.audioLoss+lossStep || loss+lossStep <= q.audioLoss) {
			q.audioLoss = loss
			told[p] = true
		}
	}
	if len(announced) > 0 {
		// What differs between the messages is the recipient's own loss, which is mostly zero.
		encoded := map[uint32][]byte{}
		for _, p := range r.own {
			if !p.informed() || p.quality.lost && len(announced) == 1 && announced[0].Session == p.Session {
				continue
			}
			delete(told, p)
			msg := encoded[p.quality.audioLoss]
			if msg == nil {
				msg = encodeQuality(announced, p.quality.audioLoss)
				encoded[p.quality.audioLoss] = msg
			}
			p.Member.Deliver(msg)
		}
	}
	for p := range told {
		p.Member.Deliver(encodeQuality(nil, p.quality.audioLoss))
	}
}

func encodeQuality(participants []*pb.ParticipantQuality, audioLoss uint32) []byte {
	return encode(&pb.ServerMessage{Kind: &pb.ServerMessage_LinkQuality{
		LinkQuality: &pb.LinkQuality{Participants: participants, AudioLossPermille: audioLoss},
	}})
}

// assess returns the quality that the fresh reports tell of. A participant's own link is at fault when even the best of
// its receivers, or of its senders, has trouble.
func (q *quality) assess(now time.Time) pb.Quality {
	if q.lost {
		return pb.Quality_QUALITY_LOST
	}
	return min(best(q.receivers, now), best(q.senders, now))
}

func best(links map[*Participant]link, now time.Time) pb.Quality {
	level := pb.Quality_QUALITY_UNSPECIFIED
	for other, l := range links {
		if !l.fresh(now) {
			delete(links, other)
			continue
		}
		level = max(level, l.level())
	}
	if level == pb.Quality_QUALITY_UNSPECIFIED {
		return pb.Quality_QUALITY_EXCELLENT
	}
	return level
}

func (q *quality) worstAudioLoss(now time.Time) (worst uint32) {
	for _, l := range q.receivers {
		if l.fresh(now) {
			worst = max(worst, l.audioLoss)
		}
	}
	return worst
}
