package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
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

// TestNodesWithAddresses: pages of one node may connect to the others, under the address of each.
func TestNodesWithAddresses(t *testing.T) {
	config := func(name string, peers ...string) Config {
		return Config{
			NodeURL: "https://" + name + ".example.com",
			Cluster: Cluster{Listen: "127.0.0.1:0", Peers: peers, Secret: secretOfTests()},
		}
	}
	first := start(t, config("n1"))
	second := start(t, config("n2", first.clusterAddr(t)))
	ann := join(t, first, transport.WebSocket, guest("ann"))
	if urls := await[*pb.ServerMessage_Alternates](t, ann).Alternates.Urls; !slices.Equal(urls, []string{"https://n2.example.com"}) {
		t.Errorf("the client is told of %q", urls)
	}
	ask := func(host, origin string) (int, http.Header, string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/connect", nil)
		req.Host = host
		req.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		first.Handler().ServeHTTP(w, req)
		return w.Code, w.Header(), w.Body.String()
	}
	code, header, body := ask("n1.example.com", "https://n2.example.com")
	if code != http.StatusOK || header.Get("Access-Control-Allow-Origin") != "https://n2.example.com" || !strings.Contains(body, "wss://n1.example.com/") {
		t.Errorf("a page of another node: %d, %v, %s", code, header, body)
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, " wss://n2.example.com") {
		t.Errorf("pages may not connect to the other node: %s", policy)
	}
	if code, _, _ = ask("n1.example.com", "https://n3.example.com"); code != http.StatusForbidden {
		t.Errorf("a page of no node: %d", code)
	}
	var stopping sync.WaitGroup
	stopping.Go(func() { first.Shutdown(t.Context()) })
	if away := ann.WaitGoAway(); away.GetUrl() != "https://n2.example.com" {
		t.Errorf("sent to %v", away)
	}
	ready := httptest.NewRecorder()
	first.Handler().ServeHTTP(ready, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	if ready.Code != http.StatusServiceUnavailable {
		t.Errorf("while it stops it says that it is ready: %d", ready.Code)
	}
	if err := ann.Resume(dial(t, second, transport.WebSocket)); err != nil || !ann.Welcome().Resumed {
		t.Errorf("resuming at the other node: %v", err)
	}
	stopping.Wait()
}

func TestClusterThatCannotWork(t *testing.T) {
	for want, c := range map[string]Cluster{
		"one of them": {Listen: ":0", NATS: "nats://localhost"},
		"or Iggy":     {NATS: "nats://localhost", Iggy: "iggy://localhost:8090"},
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
