package bench

import (
	"runtime"
	"time"

	"github.com/openconfab/confab/internal/bench/workload"
)

// Report is what a test found. Times are in milliseconds, sizes in bytes.
type Report struct {
	Workload    string  `json:"workload"`
	Server      string  `json:"server"`
	Transport   string  `json:"transport"`
	Encrypted   bool    `json:"encrypted"`
	Publishers  int     `json:"publishers"`
	Subscribers int     `json:"subscribers"`
	Rooms       int     `json:"rooms"`
	Seconds     float64 `json:"seconds"`

	Joins Joins `json:"joins"`
	// Audio and Video are of subscribers with a good path; nil when the workload has none.
	Audio *Delivery `json:"audio,omitempty"`
	Video *Delivery `json:"video,omitempty"`
	// FarAudio and FarVideo are of those at other nodes than the publishers'; Audio and Video are then of those at theirs.
	FarAudio *Delivery `json:"farAudio,omitempty"`
	FarVideo *Delivery `json:"farVideo,omitempty"`
	// SlowAudio and SlowVideo are of those on the slow path.
	SlowAudio *Delivery `json:"slowAudio,omitempty"`
	SlowVideo *Delivery `json:"slowVideo,omitempty"`

	// Node is of all nodes together; nil when their processes were not given.
	Node *Node `json:"node,omitempty"`
	// Backbone is nil with one node only, or when a node does not tell.
	Backbone  *Backbone `json:"backbone,omitempty"`
	Generator Generator `json:"generator"`
	// Troubles are the first few errors that participants met.
	Troubles []string `json:"troubles,omitempty"`
}

// Joins tells how participants got in.
type Joins struct {
	Joined int `json:"joined"`
	Failed int `json:"failed"`
	// Ended is how many sessions ended before the test did, whether another followed or not.
	Ended int `json:"ended"`
	// Silent is how many subscriptions never got a frame.
	Silent int `json:"silent"`
	// Transports is how many joined by each.
	Transports map[string]int `json:"transports"`
	// Time is from connecting to being in the room.
	Time Times `json:"time"`
	// FirstFrame is from connecting to the first frame, for those who only receive: of video, or of audio where there is none.
	FirstFrame Times `json:"firstFrame"`
}

// Times are percentiles in milliseconds.
type Times struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Delivery tells of the objects of one kind. Expected counts an object for each of its subscribers.
type Delivery struct {
	Expected  uint64 `json:"expected"`
	Delivered uint64 `json:"delivered"`
	Lost      uint64 `json:"lost"`
	// Refused is the part of Lost that never left the publisher: its own path was too slow, or the node has told it that
	// nobody can take the layer at present.
	Refused uint64 `json:"refused"`
	// Late is the part of Delivered that took longer than the test calls late.
	Late       uint64 `json:"late"`
	Duplicates uint64 `json:"duplicates"`
	Bytes      uint64 `json:"bytes"`
	// Latency is from when a frame was due to when the subscriber had it decrypted.
	Latency Times `json:"latency"`
}

// Node tells what the node used while objects were delivered.
type Node struct {
	CPUSeconds float64 `json:"cpuSeconds"`
	// CPUShare is that of one processor.
	CPUShare            float64 `json:"cpuShare"`
	CPUSecondsPerGB     float64 `json:"cpuSecondsPerGB"`
	CPUSecondsPer1000   float64 `json:"cpuSecondsPer1000Objects"`
	MicrosecondsPerItem float64 `json:"cpuMicrosecondsPerObject"`
	// WaitedSeconds is how long its threads could have run but other programs did, over all threads.
	WaitedSeconds float64 `json:"waitedSeconds"`
	RSS           uint64  `json:"rss"`
	// RSSPerConnection is by how much memory grew since before the test, for each participant.
	RSSPerConnection uint64 `json:"rssPerConnection"`
}

// Backbone tells what crossed between nodes.
type Backbone struct {
	Bytes    float64 `json:"bytes"`
	Messages float64 `json:"messages"`
	// CPUSecondsPerGB is all that the nodes used, deliveries included, for each GB that crossed; 0 when it is not known.
	CPUSecondsPerGB float64 `json:"cpuSecondsPerGB"`
	// AudioHop and VideoHop are by how much latency is higher at other nodes; nil when there is nothing to compare.
	AudioHop *Hop `json:"audioHop,omitempty"`
	VideoHop *Hop `json:"videoHop,omitempty"`
}

// Hop is what a hop between nodes adds to latency, in milliseconds: the difference of the percentiles.
type Hop struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Generator tells whether the figures are the node's or the generator's own.
type Generator struct {
	Processes  int     `json:"processes"`
	CPUs       int     `json:"cpus"`
	CPUSeconds float64 `json:"cpuSeconds"`
	// CPUShare is that of the processors it may use: 1 is all of them.
	CPUShare float64 `json:"cpuShare"`
	// WaitedSeconds is how long its threads could have run but other programs did, over all threads.
	WaitedSeconds float64 `json:"waitedSeconds"`
	// Lag is by how much frames left after they were due.
	Lag       Times `json:"lag"`
	Saturated bool  `json:"saturated"`
	// Verdict says in words what that means.
	Verdict string `json:"verdict"`
}

// A generator is saturated when it used this much of its processors, or sends this late.
const (
	saturatedShare = 0.85
	saturatedLag   = 10 * time.Millisecond
)

// report puts together what the workers found.
func (r *coordinator) report(results []*result, server *serverWatch) *Report {
	c := r.config
	report := &Report{
		Workload: c.Workload, Server: c.Server, Transport: c.Transport, Encrypted: !c.Opaque,
		Rooms: r.plan.Rooms, Seconds: c.Duration.Seconds(),
	}
	for _, p := range r.plan.Participants {
		if len(p.Streams) > 0 {
			report.Publishers++
		}
		if p.Receives {
			report.Subscribers++
		}
	}
	all := newTotals()
	for _, result := range results {
		all.add(result)
	}
	report.Joins = all.joins
	report.Joins.Time = timesOf(all.joinTimes)
	report.Joins.FirstFrame = timesOf(all.firsts)
	report.Troubles = all.troubles
	receivers := r.plan.Receivers()
	for _, d := range []struct {
		into **Delivery
		kind kind
		path workload.Path
	}{
		{&report.Audio, audio, workload.Good},
		{&report.Video, video, workload.Good},
		{&report.FarAudio, audio, workload.Far},
		{&report.FarVideo, video, workload.Far},
		{&report.SlowAudio, audio, workload.Slow},
		{&report.SlowVideo, video, workload.Slow},
	} {
		*d.into = all.delivery(r.plan, receivers, d.kind, d.path)
	}
	report.Node = nodeUsage(server, report, c.Duration)
	report.Backbone = backboneUse(server, report)
	report.Generator = generatorUsage(all, c)
	return report
}

func timesOf(h *histogram) Times {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Times{
		P50: ms(h.percentile(50)), P90: ms(h.percentile(90)), P99: ms(h.percentile(99)), P999: ms(h.percentile(99.9)),
		Max: ms(h.max()),
	}
}

func nodeUsage(server *serverWatch, report *Report, duration time.Duration) *Node {
	used, known := server.used()
	if !known {
		return nil
	}
	n := &Node{
		CPUSeconds:    used.CPU.Seconds(),
		CPUShare:      used.CPU.Seconds() / duration.Seconds(),
		WaitedSeconds: used.Waited.Seconds(),
		RSS:           used.RSS,
	}
	if grown := int64(used.RSS) - int64(server.idle.RSS); grown > 0 && report.Joins.Joined > 0 {
		n.RSSPerConnection = uint64(grown) / uint64(report.Joins.Joined)
	}
	var objects, bytes float64
	for _, d := range []*Delivery{report.Audio, report.Video, report.FarAudio, report.FarVideo, report.SlowAudio, report.SlowVideo} {
		if d != nil {
			objects += float64(d.Delivered)
			bytes += float64(d.Bytes)
		}
	}
	if objects > 0 {
		n.CPUSecondsPerGB = n.CPUSeconds / (bytes / 1e9)
		n.CPUSecondsPer1000 = n.CPUSeconds / (objects / 1000)
		n.MicrosecondsPerItem = n.CPUSeconds / objects * 1e6
	}
	return n
}

func backboneUse(server *serverWatch, report *Report) *Backbone {
	crossed, known := server.crossed()
	if !known {
		return nil
	}
	b := &Backbone{
		Bytes: crossed.bytes, Messages: crossed.messages,
		AudioHop: hop(report.Audio, report.FarAudio), VideoHop: hop(report.Video, report.FarVideo),
	}
	if report.Node != nil && crossed.bytes > 0 {
		b.CPUSecondsPerGB = report.Node.CPUSeconds / (crossed.bytes / 1e9)
	}
	return b
}

func hop(near, far *Delivery) *Hop {
	if near == nil || far == nil || near.Delivered == 0 || far.Delivered == 0 {
		return nil
	}
	return &Hop{P50: far.Latency.P50 - near.Latency.P50, P99: far.Latency.P99 - near.Latency.P99}
}

func generatorUsage(all *totals, c Config) Generator {
	g := Generator{
		Processes:     c.Processes,
		CPUs:          runtime.GOMAXPROCS(0),
		CPUSeconds:    all.used.CPU.Seconds(),
		WaitedSeconds: all.used.Waited.Seconds(),
		Lag:           timesOf(all.lag),
	}
	g.CPUShare = g.CPUSeconds / c.Duration.Seconds() / float64(g.CPUs)
	g.Saturated = g.CPUShare >= saturatedShare || all.lag.percentile(99) > saturatedLag
	g.Verdict = verdict(g)
	return g
}
