package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/openconfab/confab/internal/bench"
	"github.com/openconfab/confab/internal/bench/workload"
	"github.com/openconfab/confab/token"
)

type benchCmd struct {
	Workload          string        `arg:"" help:"${workloads}"`
	Server            string        `help:"Address of the node. For the workload slow it must listen on all addresses." required:"" placeholder:"URL"`
	SubscriberServers []string      `name:"subscriber-server" help:"Node at which those join who only receive, in turn. Repeatable; that of --server may be among them, to compare." placeholder:"URL"`
	Subscribers       int           `help:"How many receive, over all rooms." placeholder:"N"`
	Publishers        int           `help:"How many send, in each room." placeholder:"N"`
	Rooms             int           `help:"Over how many rooms; 500 subscribers a room if not given." placeholder:"N"`
	Bitrate           int           `help:"Of each video stream, in kbit/s." placeholder:"KBIT"`
	Duration          time.Duration `help:"How long to measure." default:"10s"`
	Transport         string        `help:"auto, webtransport or websocket." enum:"auto,webtransport,websocket" default:"auto"`
	Opaque            bool          `help:"Leave out encryption: the generator gets by with less, and the node can't tell."`
	Processes         int           `help:"From how many processes to join." default:"1"`
	ServerPIDs        []int         `name:"server-pid" help:"The node's process on this machine, to measure what it uses. Repeatable for several nodes." placeholder:"PID"`
	Late              time.Duration `help:"From which latency on a frame counts as late." default:"200ms"`
	JSON              bool          `name:"json" help:"Print the report as JSON."`
	Quiet             bool          `help:"Print no progress."`
	signer
}

// Run tests a node and prints the report.
func (c *benchCmd) Run(ctx context.Context, to streams) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	mint, err := c.mint()
	if err != nil {
		return err
	}
	progress := to.err
	if c.Quiet {
		progress = io.Discard
	}
	report, err := bench.Run(ctx, bench.Config{
		Workload: c.Workload,
		Size: workload.Size{
			Publishers: c.Publishers, Subscribers: c.Subscribers, Rooms: c.Rooms, Bitrate: c.Bitrate * 1000,
		},
		Server:            c.Server,
		SubscriberServers: c.SubscriberServers,
		Transport:         c.Transport,
		Opaque:            c.Opaque,
		Duration:          c.Duration,
		Late:              c.Late,
		Processes:         c.Processes,
		Command:           []string{self, workerCommand},
		ServerPIDs:        c.ServerPIDs,
		Token:             mint,
		Progress:          progress,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(to.out, report)
	}
	return report.Text(to.out)
}

// workloads lists the workloads for the help.
func workloads() string {
	var list []string
	for _, w := range workload.All() {
		list = append(list, w.Name+" ("+w.Summary+")")
	}
	return "What to test: " + strings.Join(list, "; ") + "."
}

// workerCommand is the hidden command by which a test runs itself in more processes.
const workerCommand = "bench-worker"

type benchWorkerCmd struct{}

// Run does what the test that started this process says on standard input.
func (benchWorkerCmd) Run(ctx context.Context, to streams) error {
	return bench.ServeWorker(ctx, os.Stdin, to.out)
}

// signer makes join tokens for commands that join by themselves.
type signer struct {
	Key     string `help:"Id of the API key to sign join tokens with, when there are several." placeholder:"ID"`
	KeyFile string `help:"File of API keys, one id:secret a line, instead of CONFAB_API_KEYS. Without a key, joining is as a guest." type:"path" env:"CONFAB_KEY_FILE"`
}

// mint returns what makes a join token with all grants but those of a host; nil when there is no key.
func (s *signer) mint() (func(room, identity string, lasts time.Duration) (string, error), error) {
	keys, err := loadKeys(s.KeyFile)
	if err != nil || len(keys) == 0 && s.Key == "" {
		return nil, err
	}
	key, err := choose(keys, s.Key)
	if err != nil {
		return nil, err
	}
	return func(room, identity string, lasts time.Duration) (string, error) {
		return key.Sign(token.Claims{
			Identity: identity,
			Room:     room,
			Expires:  time.Now().Add(lasts),
			Grants:   token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true},
		})
	}, nil
}

func printJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}
