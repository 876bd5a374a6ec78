package room

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

func anything(*relay.Track) bool { return true }

// reports says that a share of the sound of publishers was lost.
func report(lost uint32, publishers ...*member) (reports []*pb.TrackReport) {
	for _, p := range publishers {
		reports = append(reports, &pb.TrackReport{
			Track: &pb.TrackRef{Session: p.Session, Number: 1}, Received: 1000 - lost, Lost: lost,
		})
	}
	return reports
}

// speakers joins participants that all publish a microphone as track 1.
func speakers(t *testing.T, names ...string) (*Registry, []*member) {
	r := NewRegistry(DefaultLimits(), nil, nil)
	var all []*member
	for _, name := range names {
		m, _ := enter(t, r, name, name, everything())
		if err := m.Publish(microphone(1)); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	for _, m := range all {
		m.drain()
	}
	t.Cleanup(func() {
		for _, m := range all {
			m.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
		}
	})
	return r, all
}

// qualities returns what m was told: levels by session, and its own loss, −1 if it was told nothing.
func qualities(m *member) (levels map[string]pb.Quality, loss int) {
	levels, loss = map[string]pb.Quality{}, -1
	for _, msg := range m.drain() {
		q := msg.GetLinkQuality()
		if q == nil {
			continue
		}
		loss = int(q.AudioLossPermille)
		for _, p := range q.Participants {
			levels[p.Session] = p.Quality
		}
	}
	return levels, loss
}

func TestAPublisherLearnsTheWorstLossOfItsSound(t *testing.T) {
	_, m := speakers(t, "ann", "bob", "eve")
	ann, bob, eve := m[0], m[1], m[2]
	bob.Report(report(40, ann), anything, start)
	if _, loss := qualities(ann); loss != 40 {
		t.Errorf("told %d", loss)
	}
	eve.Report(report(200, ann), anything, start)
	if _, loss := qualities(ann); loss == 200 {
		t.Errorf("told %d within a second", loss)
	}
	ann.Reassess(start.Add(assessEvery))
	if _, loss := qualities(ann); loss != 200 {
		t.Errorf("told %d", loss)
	}
	// Small changes are not worth a message.
	eve.Report(report(205, ann), anything, start.Add(2*assessEvery))
	if _, loss := qualities(ann); loss != -1 {
		t.Errorf("told %d", loss)
	}
	eve.Report(report(0, ann), anything, start.Add(3*assessEvery))
	if _, loss := qualities(ann); loss != 40 {
		t.Errorf("told %d", loss)
	}
	if _, loss := qualities(eve); loss > 0 {
		t.Errorf("the listener was told of %d as if it were its own", loss)
	}
}

func TestReportsOfTheDepartedAndOldOnesSteerNothing(t *testing.T) {
	_, m := speakers(t, "ann", "bob", "eve")
	ann, bob, eve := m[0], m[1], m[2]
	bob.Report(report(500, ann), anything, start)
	eve.Report(report(20, ann), anything, start)
	qualities(ann)
	bob.Leave(pb.LeaveReason_LEAVE_REASON_LOST, start.Add(assessEvery))
	if _, loss := qualities(ann); loss != 20 {
		t.Errorf("after the departure: %d", loss)
	}
	ann.Reassess(start.Add(reportLife - 1))
	if _, loss := qualities(ann); loss != -1 && loss != 20 {
		t.Errorf("before the report is old: %d", loss)
	}
	ann.Reassess(start.Add(reportLife + assessEvery))
	if _, loss := qualities(ann); loss != 0 {
		t.Errorf("when the report is old: %d", loss)
	}
	if ann.quality.receivers[bob.Participant] != (link{}) || len(ann.quality.receivers) > 1 {
		t.Errorf("kept: %v", ann.quality.receivers)
	}
}

func TestQualityBlamesTheLinkThatAllAgreeOn(t *testing.T) {
	_, m := speakers(t, "ann", "bob", "eve", "joe")
	ann, bob, eve, joe := m[0], m[1], m[2], m[3]
	// Joe hears everybody badly, and the others each other well.
	bob.Report(report(0, ann, eve, joe), anything, start)
	eve.Report(report(0, ann, bob, joe), anything, start)
	joe.Report(report(100, ann, bob, eve), anything, start)
	for _, p := range m {
		p.Reassess(start.Add(assessEvery))
	}
	levels, _ := qualities(bob)
	if len(levels) != 1 || levels["joe"] != pb.Quality_QUALITY_POOR {
		t.Errorf("told %v", levels)
	}
	// A newcomer learns it with the rest.
	r := joe.room.registry
	late, _ := enter(t, r, "late", "late", everything())
	if levels, _ := qualities(late); len(levels) != 1 || levels["joe"] != pb.Quality_QUALITY_POOR {
		t.Errorf("the newcomer was told %v", levels)
	}
	late.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	// It gets better at once, but is not told so before it has lasted.
	joe.Report(report(0, ann, bob, eve), anything, start.Add(3*time.Second))
	if levels, _ := qualities(bob); len(levels) != 0 {
		t.Errorf("told %v at once", levels)
	}
	joe.Report(report(0, ann, bob, eve), anything, start.Add(2*improveAfter))
	if levels, _ := qualities(bob); levels["joe"] != pb.Quality_QUALITY_EXCELLENT {
		t.Errorf("told %v in the end", levels)
	}
}

func TestAbsenceIsToldAtOnce(t *testing.T) {
	_, m := speakers(t, "ann", "bob")
	ann, bob := m[0], m[1]
	bob.SetConnected(false, start)
	if levels, _ := qualities(ann); levels["bob"] != pb.Quality_QUALITY_LOST {
		t.Errorf("told %v", levels)
	}
	if levels, _ := qualities(bob); len(levels) != 0 {
		t.Errorf("who is away was told %v", levels)
	}
	bob.SetConnected(true, start)
	if levels, _ := qualities(ann); levels["bob"] != pb.Quality_QUALITY_EXCELLENT {
		t.Errorf("told %v", levels)
	}
}

func TestOnlyReportsOnSubscribedTracksCount(t *testing.T) {
	_, m := speakers(t, "ann", "bob")
	ann, bob := m[0], m[1]
	bob.Report(report(900, ann), func(*relay.Track) bool { return false }, start)
	bob.Report(report(900, bob), anything, start)
	bob.Report([]*pb.TrackReport{{}, {Track: &pb.TrackRef{Session: "ann", Number: 9}, Lost: 9}}, anything, start)
	bob.Report([]*pb.TrackReport{{Track: &pb.TrackRef{Session: "ann", Number: 1}}}, anything, start)
	for _, p := range m {
		if levels, loss := qualities(p); len(levels) != 0 || loss != -1 {
			t.Errorf("%s was told %v, %d", p.Session, levels, loss)
		}
	}
}
