package room

import (
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when the tests begin; the room gets all times from its caller.
var start = time.UnixMilli(1_000_000)

// member keeps what it is told.
type member struct {
	t testing.TB
	*Participant
	told []*pb.ServerMessage
	// dismissed is the code of its dismissal; deafened counts those calls.
	dismissed string
	deafened  int
	// outdated are the calls of that, with whether it is to be later.
	outdated []bool
}

func (m *member) Deliver(msg []byte) {
	decoded := &pb.ServerMessage{}
	if err := proto.Unmarshal(msg, decoded); err != nil {
		m.t.Error(err)
	}
	m.told = append(m.told, decoded)
}

func (m *member) DeliverDroppable(msg []byte)          { m.Deliver(msg) }
func (m *member) Deafened()                            { m.deafened++ }
func (m *member) Outdated(_ time.Duration, later bool) { m.outdated = append(m.outdated, later) }
func (m *member) Dismissed(code string)                { m.dismissed = code }
func (m *member) KeyframeRequested(_, _ uint32)        {}
func (m *member) LayersWanted(_ uint32, _ []uint32)    {}

// drain returns what the member was told since.
func (m *member) drain() []*pb.ServerMessage {
	told := m.told
	m.told = nil
	return told
}

type uncounted struct{}

func (uncounted) ObjectOut(int)             {}
func (uncounted) Dropped(relay.Reason, int) {}
func (uncounted) KeyframeAsked()            {}
func (uncounted) KeyframeForwarded()        {}

func everything() *pb.Grants {
	return &pb.Grants{Join: true, Subscribe: true, Data: true, Publish: []pb.Source{
		pb.Source_SOURCE_MICROPHONE, pb.Source_SOURCE_CAMERA, pb.Source_SOURCE_SCREEN, pb.Source_SOURCE_SCREEN_AUDIO,
	}}
}

// enter joins a room under a session id that is also the identity, unless that is given.
func enter(t testing.TB, r *Registry, session, identity string, grants *pb.Grants) (*member, Joined) {
	t.Helper()
	m := &member{t: t}
	joined, err := r.Join("room", Joining{
		Session: session, Identity: identity, Announcement: []byte{1}, Grants: grants, At: start, Member: m, Meter: uncounted{},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Participant = joined.Participant
	return m, joined
}

func microphone(number uint32) *pb.PublishTrack {
	return &pb.PublishTrack{Number: number, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: uint64(number)}}}
}
