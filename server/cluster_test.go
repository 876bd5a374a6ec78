package server

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire/pb"
)

func secretOfTests() []byte { return []byte(strings.Repeat("secret", 6)) }

func TestNodesOfANodeByItself(t *testing.T) {
	s := start(t, Config{Node: "only"})
	join(t, s, transport.WebSocket, guest("ann"))
	_, body := get(t, client(t), "http://"+s.addr+NodesPath)
	var nodes []Node
	if err := json.Unmarshal([]byte(body), &nodes); err != nil {
		t.Fatal(err)
	}
	want := Node{ID: "alone", Name: "only", Rooms: 1, Participants: 1, Self: true, Reachable: true}
	if len(nodes) != 1 || nodes[0] != want {
		t.Errorf("%+v", nodes)
	}
}

// TestIdentityMovesToAnotherNode: the session at the first node ends as replaced, and the others see nobody leave for good.
func TestIdentityMovesToAnotherNode(t *testing.T) {
	first := start(t, Config{Node: "first", Cluster: Cluster{Listen: "127.0.0.1:0", Secret: secretOfTests()}})
	listen := first.clusterAddr(t)
	second := start(t, Config{Node: "second", Cluster: Cluster{Listen: "127.0.0.1:0", Peers: []string{listen}, Secret: secretOfTests()}})
	ann := join(t, first, transport.WebSocket, guest("ann"))
	bob := join(t, second, transport.WebSocket, guest("bob"))
	if joined := await[*pb.ServerMessage_ParticipantJoined](t, ann).ParticipantJoined.Participant; joined.Session != bob.Session() {
		t.Errorf("%v joined", joined)
	}
	moved := join(t, second, transport.WebSocket, guest("ann"))
	if left := await[*pb.ServerMessage_ParticipantLeft](t, bob).ParticipantLeft; left.Session != ann.Session() ||
		left.Reason != pb.LeaveReason_LEAVE_REASON_REPLACED {
		t.Errorf("%v", left)
	}
	if joined := await[*pb.ServerMessage_ParticipantJoined](t, bob).ParticipantJoined.Participant; joined.Session != moved.Session() {
		t.Errorf("%v joined", joined)
	}
	for {
		m, err := ann.Next()
		if err != nil {
			break
		}
		if c := m.GetClosed(); c != nil && c.Code != "replaced" {
			t.Errorf("%v", c)
		}
	}
	if nodes := second.nodes(); len(nodes) != 2 {
		t.Errorf("%+v", nodes)
	}
	if _, body := get(t, client(t), "http://"+second.addr+"/metrics"); !strings.Contains(body, "confab_nodes 2") {
		t.Error("the metrics do not tell of two nodes")
	}
}

func TestClusterThatCannotWork(t *testing.T) {
	for want, c := range map[string]Cluster{
		"one of them": {Listen: ":0", NATS: "nats://localhost"},
		"an address":  {Peers: []string{"a:1"}},
		"secret":      {Listen: "127.0.0.1:0"},
	} {
		if _, err := New(Config{Cluster: c, Site: testSite()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// clusterAddr returns where a node listens for others.
func (r *running) clusterAddr(t *testing.T) string {
	t.Helper()
	b, ok := r.backbone.(interface{ Addr() string })
	if !ok {
		t.Fatal("the node does not listen for others")
	}
	return b.Addr()
}
