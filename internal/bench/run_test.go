package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/bench/slowpath"
	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// startNode runs a node on all addresses, for slow subscribers come by another, and returns that of this machine.
func startNode(t *testing.T, c server.Config) string {
	t.Helper()
	c.Addr = ":0"
	return servertest.Start(t, c).Local[0]
}

func config(address, name string, s workload.Size) Config {
	return Config{
		Workload: name, Size: s, Server: address, Transport: "auto", Duration: time.Second, Late: time.Second,
		Processes: 1, ServerPIDs: []int{os.Getpid()},
	}
}

// wantDelivery checks what must be true however slow the machine is: every object that was due is accounted for.
func wantDelivery(t *testing.T, name string, d *Delivery, subscriptions, least, most uint64) {
	t.Helper()
	if subscriptions == 0 {
		if d != nil {
			t.Errorf("%s: %+v, though there is none", name, d)
		}
		return
	}
	if d == nil {
		t.Errorf("%s: nothing was counted", name)
		return
	}
	if d.Expected < subscriptions*least || d.Expected > subscriptions*most || d.Delivered+d.Lost != d.Expected || d.Duplicates > 0 {
		t.Errorf("%s: %+v for %d subscriptions", name, d, subscriptions)
	}
	if d.Delivered > 0 && (d.Bytes == 0 || d.Latency.P50 <= 0 || d.Latency.P50 > d.Latency.Max) {
		t.Errorf("%s: %+v", name, d)
	}
}

// run runs a test, in which everybody has to get something: sound always, and video unless the node says that it gave some
// up. So it may where other programs leave it too little time, and that for longer than the test lasts.
func run(t *testing.T, c Config) *Report {
	t.Helper()
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	starved := func(d *Delivery) bool { return d != nil && d.Delivered == 0 }
	if starved(r.Audio) || (starved(r.Video) || r.Joins.Silent > 0) && !gaveUp(t, append(c.SubscriberServers, c.Server)...) {
		t.Errorf("nothing was delivered: joins %+v, audio %+v, video %+v, troubles %q", r.Joins, r.Audio, r.Video, r.Troubles)
	}
	return r
}

// droppedVideo finds what a node has dropped that its paths, or its processor, had no time for.
var droppedVideo = regexp.MustCompile(`(?m)^confab_(objects_dropped_total\{reason="(paused|stale|age|full)"\}|backbone_(messages|video)_dropped_total) [1-9]`)

// gaveUp reports whether one of the nodes has given up video for want of room on its paths.
func gaveUp(t *testing.T, nodes ...string) bool {
	t.Helper()
	return slices.ContainsFunc(nodes, func(node string) bool {
		res, err := http.Get(node + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return droppedVideo.Match(b)
	})
}

// TestWorkloads runs each against a real node.
func TestWorkloads(t *testing.T) {
	t.Parallel()
	address := startNode(t, server.Config{})
	for _, tt := range []struct {
		name         string
		size         workload.Size
		change       func(*Config)
		joined       int
		audio, video uint64
		fps          uint64
	}{
		{"webinar", workload.Size{Subscribers: 3}, nil, 4, 3, 3, 30},
		{"fanout", workload.Size{Subscribers: 2}, func(c *Config) { c.Opaque, c.Transport = true, "websocket" }, 3, 0, 2, 60},
		{"audio", workload.Size{Subscribers: 2, Publishers: 3}, func(c *Config) { c.Transport = "webtransport" }, 5, 6, 0, 0},
		{"mesh", workload.Size{Subscribers: 3}, func(c *Config) { c.Processes, c.Command = 2, workerCommand(t) }, 3, 6, 6, 30},
		{"rooms", workload.Size{Rooms: 1}, func(c *Config) { c.Opaque = true }, 5, 20, 20, 30},
		{"storm", workload.Size{Subscribers: 4}, nil, 5, 4, 4, 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config(address, tt.name, tt.size)
			var progress bytes.Buffer
			c.Progress = &progress
			if tt.change != nil {
				tt.change(&c)
			}
			r := run(t, c)
			if r.Joins.Joined != tt.joined || r.Joins.Failed != 0 || r.Joins.Ended != 0 || r.Joins.Time.P50 <= 0 {
				t.Errorf("joins %+v, troubles %q", r.Joins, r.Troubles)
			}
			if by := r.Joins.Transports; c.Transport != "auto" && by[c.Transport] != tt.joined {
				t.Errorf("all were to use %s: %v", c.Transport, by)
			}
			wantDelivery(t, "audio", r.Audio, tt.audio, 50, 50)
			wantDelivery(t, "video", r.Video, tt.video, tt.fps, tt.fps+1)
			if r.SlowAudio != nil || r.SlowVideo != nil {
				t.Error("somebody was slow")
			}
			if r.Node == nil || r.Node.RSS == 0 || r.Generator.CPUs == 0 || r.Generator.Verdict == "" || r.Encrypted == c.Opaque {
				t.Errorf("node %+v, generator %+v, encrypted %v", r.Node, r.Generator, r.Encrypted)
			}
			if !strings.Contains(progress.String(), "joined") {
				t.Errorf("progress: %q", &progress)
			}
			wantReadable(t, r)
		})
	}
}

// TestSlowSubscribers: they get less, the others do not.
func TestSlowSubscribers(t *testing.T) {
	t.Parallel()
	paths, err := slowpath.Open(1)
	if err != nil {
		t.Skip(err)
	}
	if err := paths.Close(); err != nil {
		t.Fatal(err)
	}
	c := config(startNode(t, server.Config{}), "slow", workload.Size{Subscribers: 10})
	c.Command = workerCommand(t)
	r := run(t, c)
	if r.Joins.Joined != 11 || r.Joins.Failed != 0 {
		t.Errorf("joins %+v, troubles %q", r.Joins, r.Troubles)
	}
	wantDelivery(t, "audio", r.Audio, 9, 50, 50)
	wantDelivery(t, "video", r.Video, 9, 30, 31)
	wantDelivery(t, "slow audio", r.SlowAudio, 1, 50, 50)
	if v := r.SlowVideo; v == nil || v.Lost == 0 {
		t.Errorf("1.4 Mbit/s came through 300 kbit/s: %+v", v)
	}
	wantReadable(t, r)

	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	c.Server = "http://" + elsewhere.Addr().String()
	if r, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "all addresses") {
		t.Errorf("a node on localhost only: %+v, %v", r, err)
	}
}

// TestSubscribersAtOtherNodes: they are dealt to the nodes, and reported apart from those at the publisher's.
func TestSubscribersAtOtherNodes(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := listener.Addr().String()
	listener.Close()
	secret := []byte(strings.Repeat("secret", 6))
	here := startNode(t, server.Config{Cluster: server.Cluster{Listen: first, Secret: secret}})
	there := startNode(t, server.Config{Cluster: server.Cluster{Listen: "127.0.0.1:0", Peers: []string{first}, Secret: secret}})
	c := config(here, "webinar", workload.Size{Subscribers: 5})
	c.SubscriberServers = []string{here, there}
	r := run(t, c)
	if r.Joins.Joined != 6 || r.Joins.Failed != 0 {
		t.Errorf("joins %+v, troubles %q", r.Joins, r.Troubles)
	}
	wantDelivery(t, "audio", r.Audio, 3, 50, 50)
	wantDelivery(t, "video", r.Video, 3, 30, 31)
	wantDelivery(t, "audio at the other node", r.FarAudio, 2, 50, 50)
	wantDelivery(t, "video at the other node", r.FarVideo, 2, 30, 31)
	// How much crossed in the second that is measured depends on when a busy machine lets it be measured, and of video nothing may have.
	seen := r.Video.Delivered > 0 && r.FarVideo.Delivered > 0
	if b := r.Backbone; b == nil || b.Bytes == 0 || b.Messages == 0 || b.CPUSecondsPerGB <= 0 || b.AudioHop == nil || (b.VideoHop != nil) != seen {
		t.Errorf("between nodes: %+v", b)
	}
	wantReadable(t, r)
}

// wantReadable checks that the report says the same as text and as JSON.
func wantReadable(t *testing.T, r *Report) {
	t.Helper()
	var text bytes.Buffer
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{r.Workload, "p99.9", "CPU", r.Generator.Verdict} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing:\n%s", want, &text)
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Report
	if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, *r) {
		t.Errorf("%s: %v", b, err)
	}
}

// TestNodeWithKeys: with a key the participants get tokens, and without they are told why they can't join.
func TestNodeWithKeys(t *testing.T) {
	t.Parallel()
	key := token.Key{ID: "a", Secret: strings.Repeat("s3cret-", 6)}
	c := config(startNode(t, server.Config{Keys: []token.Key{key}}), "webinar", workload.Size{Subscribers: 1})
	if r, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), "unauthorized") {
		t.Errorf("without a token: %+v, %v", r, err)
	}
	c.Token = func(room, identity string, lasts time.Duration) (string, error) {
		return key.Sign(token.Claims{
			Room: room, Identity: identity, Expires: time.Now().Add(lasts),
			Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true},
		})
	}
	if r, err := Run(t.Context(), c); err != nil || r.Joins.Joined != 2 || r.Audio.Delivered == 0 {
		t.Errorf("with tokens: %+v, %v", r, err)
	}
}

func TestImpossibleTests(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"workload":  func(c *Config) { c.Workload = "webinars" },
		"size":      func(c *Config) { c.Size.Subscribers = -1 },
		"server":    func(c *Config) { c.Server = "meet.example.com" },
		"nodes":     func(c *Config) { c.SubscriberServers = []string{"meet.example.com"} },
		"transport": func(c *Config) { c.Transport = "pigeon" },
		"duration":  func(c *Config) { c.Duration = time.Millisecond },
		"late":      func(c *Config) { c.Late = 0 },
		"processes": func(c *Config) { c.Processes = 0 },
		"command":   func(c *Config) { c.Processes = 2 },
		"pid":       func(c *Config) { c.ServerPIDs = []int{1 << 30} },
		"worker":    func(c *Config) { c.Processes, c.Command = 2, []string{"false"} },
		"token": func(c *Config) {
			c.Token = func(string, string, time.Duration) (string, error) { return "", errors.New("no key") }
		},
	} {
		c := config("http://127.0.0.1:1", "webinar", workload.Size{Subscribers: 1})
		change(&c)
		if r, err := Run(t.Context(), c); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestInterrupted: a test that is given up leaves nothing behind, of which goleak would tell.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, processes := range []int{1, 2} {
		c := config(startNode(t, server.Config{}), "webinar", workload.Size{Subscribers: 2})
		c.Processes, c.Command, c.Duration = processes, workerCommand(t), time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		c.Progress = writerFunc(func(b []byte) (int, error) {
			if strings.Contains(string(b), "objects/s") {
				cancel()
			}
			return len(b), nil
		})
		if r, err := Run(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("%d processes: %+v, %v", processes, r, err)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestWorkerWithoutAJob says what is wrong, and ends.
func TestWorkerWithoutAJob(t *testing.T) {
	for _, in := range []string{"", "{}\n", "garbage", `{"join":"senders"}`} {
		var out bytes.Buffer
		if err := ServeWorker(t.Context(), strings.NewReader(in), &out); err == nil || !strings.Contains(out.String(), `"failed"`) {
			t.Errorf("%q: %v, %s", in, err, &out)
		}
	}
	if err := ServeWorker(t.Context(), strings.NewReader(`{"job":{}}`), io.Discard); err != nil {
		t.Errorf("a coordinator that goes away: %v", err)
	}
}
