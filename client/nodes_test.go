package client

import (
	"net"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// newCluster starts nodes that are joined by NATS inside them. A meeting on each is the same meeting.
func newCluster(t *testing.T, count int, keys ...token.Key) (meetings []*meeting) {
	t.Helper()
	first := freeAddress(t)
	for i := range count {
		c := server.Cluster{Listen: "127.0.0.1:0", Secret: []byte("a secret of the tests, 32 bytes or more")}
		if i == 0 {
			c.Listen = first
		} else {
			c.Peers = []string{first}
		}
		m := newMeeting(t, server.Config{Cluster: c, Keys: keys, DrainTimeout: 100 * time.Millisecond})
		if i > 0 {
			m.secret = meetings[0].secret
		}
		meetings = append(meetings, m)
	}
	return meetings
}

// newIggyCluster starts nodes that are joined by Apache Iggy.
func newIggyCluster(t *testing.T, count int) (meetings []*meeting) {
	t.Helper()
	stream := iggytest.Stream(t)
	for range count {
		m := newMeeting(t, server.Config{Cluster: server.Cluster{Iggy: stream}, DrainTimeout: 100 * time.Millisecond})
		if len(meetings) > 0 {
			m.secret = meetings[0].secret
		}
		meetings = append(meetings, m)
	}
	return meetings
}

func TestCallOverNodes(t *testing.T) { callOverNodes(t, newCluster(t, 3)) }

func TestCallOverIggy(t *testing.T) { callOverNodes(t, newIggyCluster(t, 3)) }

// callOverNodes: three in one encrypted call, each at a node of its own.
func callOverNodes(t *testing.T, nodes []*meeting) {
	names := []string{"Ann", "Bob", "Cid"}
	var rooms []*Room
	for i, m := range nodes {
		rooms = append(rooms, m.join(t, Config{Name: names[i], Transport: transports[i%2]}))
	}
	for i, from := range rooms {
		to := rooms[(i+1)%len(rooms)]
		camera := publish(t, from, TrackOptions{Source: media.Camera})
		microphone := publish(t, from, TrackOptions{Source: media.Microphone})
		session := from.Local().Session()
		trackOf := func(source media.Source) *RemoteTrack {
			return await(t, to, func(e TrackPublished) bool {
				return e.Track.Participant().Session() == session && e.Track.Source() == source
			}).Track
		}
		pictures := read(t, subscribe(t, trackOf(media.Camera)))
		sounds := read(t, subscribe(t, trackOf(media.Microphone)))
		// That it is wanted, and that a keyframe is, has come to the publisher from another node.
		<-camera.KeyframeRequests()
		for n := range 25 {
			if err := camera.WriteFrame(0, video(n)); err != nil {
				t.Fatal(err)
			}
			if f := pictures.frame(t); string(f.Payload) != string(video(n).Payload) {
				t.Fatalf("frame %d: %+v", n, f)
			}
		}
		sound0 := sound(0)
		if err := microphone.WriteFrame(0, sound0); err != nil {
			t.Fatal(err)
		}
		if f := sounds.frame(t); string(f.Payload) != string(sound0.Payload) {
			t.Fatalf("sound: %+v", f)
		}
	}
	if a, b, c := rooms[0].SafetyCode(), rooms[1].SafetyCode(), rooms[2].SafetyCode(); a == "" || a != b || b != c {
		t.Errorf("safety codes %q, %q and %q", a, b, c)
	}
	listen := rooms[2].Messages(t.Context())
	if err := rooms[0].Local().PublishData(t.Context(), []byte("to all"), DataOptions{Topic: "chat"}); err != nil {
		t.Fatal(err)
	}
	for m, err := range listen {
		if err != nil {
			t.Fatal(err)
		}
		if string(m.Payload) != "to all" || m.From.Session() != rooms[0].Local().Session() {
			t.Errorf("message %+v", m)
		}
		break
	}
	left := rooms[1].Local().Session()
	rooms[1].Close()
	await(t, rooms[0], func(e ParticipantLeft) bool { return e.Participant.Session() == left })
}

func TestNodeStopsInACall(t *testing.T) { nodeStopsInACall(t, newCluster(t, 2)) }

func TestNodeStopsInACallOverIggy(t *testing.T) { nodeStopsInACall(t, newIggyCluster(t, 2)) }

// nodeStopsInACall: whoever is at the other one goes on, and gets to see those who come.
func nodeStopsInACall(t *testing.T, nodes []*meeting) {
	ann := nodes[0].join(t, Config{Name: "Ann"})
	bob := nodes[1].join(t, Config{Name: "Bob"})
	session := bob.Local().Session()
	await(t, ann, func(e ParticipantJoined) bool { return e.Participant.Session() == session })
	nodes[1].Stop()
	again := nodes[0].join(t, Config{Name: "Bob"})
	camera := publish(t, ann, TrackOptions{Source: media.Camera})
	pictures := read(t, subscribe(t, track(t, again, media.Camera)))
	<-camera.KeyframeRequests()
	if err := camera.WriteFrame(0, video(0)); err != nil {
		t.Fatal(err)
	}
	if f := pictures.frame(t); string(f.Payload) != string(video(0).Payload) {
		t.Errorf("%+v", f)
	}
}
