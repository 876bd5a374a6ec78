// Command confab is a Confab node and its tools in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/openconfab/confab/server"
)

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run a node: the meeting site, and the rooms behind it."`
	Nodes   nodesCmd   `cmd:"" help:"List the nodes that are joined with one."`
	Token   tokenCmd   `cmd:"" help:"Mint a join token with an API key from CONFAB_API_KEYS or --key-file."`
	Publish publishCmd `cmd:"" help:"Publish a file, camera, screen or stream in a room. Needs ffmpeg."`
	Record  recordCmd  `cmd:"" help:"Record a room, visibly to everybody in it. MP4 and --mixed need ffmpeg."`
	Bench   benchCmd   `cmd:"" help:"Test how much a node carries."`
	Doctor  doctorCmd  `cmd:"" help:"Find out why a meeting can't be joined, or is bad."`
	Webhook webhookCmd `cmd:"" help:"Develop what receives webhooks."`
	Version versionCmd `cmd:"" help:"Print the version."`

	BenchWorker benchWorkerCmd `cmd:"" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once, but not one that comes with the first: timeout(1) sends two.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "confab:", err)
		os.Exit(1)
	}
}

// run carries out one command line. What was asked for goes to stdout, what else there is to say to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("confab"),
		kong.Description("End-to-end encrypted video conferencing from one binary."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{out: stdout, err: stderr}),
		kong.Vars{
			"default_addr":       server.DefaultAddr,
			"default_conns":      strconv.Itoa(server.DefaultMaxConnections),
			"default_conns_addr": strconv.Itoa(server.DefaultMaxConnectionsPerAddress),
			"default_name":       "confab",
			"default_drain":      server.DefaultDrainTimeout.String(),
			"default_resume":     server.DefaultResumeTime.String(),
			"default_retention":  server.DefaultRetention.String(),
			"workloads":          workloads(),
		},
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if exited { // --help was answered
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w (see confab --help)", err)
	}
	return command.Run()
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }

var errNoKeys = errors.New("no API key: set CONFAB_API_KEYS=id:secret or give --key-file " +
	"(make a secret with: openssl rand -hex 32)")
