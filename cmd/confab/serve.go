package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/openconfab/confab/internal/obs"
	"github.com/openconfab/confab/server"
)

type serveCmd struct {
	Addr          string        `help:"Host and port for TCP and UDP; an empty host stands for all addresses." default:"${default_addr}" env:"CONFAB_ADDR"`
	TLSCert       string        `name:"tls-cert" help:"Certificate chain, PEM. Read again when it changes or on SIGHUP." type:"path" env:"CONFAB_TLS_CERT"`
	TLSKey        string        `name:"tls-key" help:"Key of the certificate, PEM." type:"path" env:"CONFAB_TLS_KEY"`
	StateDir      string        `help:"Folder that keeps the development certificate over restarts; the user's cache folder if not given." type:"path" env:"CONFAB_STATE_DIR"`
	PublicURL     string        `name:"public-url" help:"Address people use, when it differs from the one that requests name (behind a proxy)." placeholder:"URL" env:"CONFAB_PUBLIC_URL"`
	NodeURL       string        `name:"node-url" help:"Address of this very node, at which clients of other nodes go on when those stop." placeholder:"URL" env:"CONFAB_NODE_URL"`
	TrustedOrigin []string      `help:"Other site whose pages may connect, such as https://app.example.com. Repeatable." placeholder:"ORIGIN" env:"CONFAB_TRUSTED_ORIGINS"`
	KeyFile       string        `help:"File of API keys, one id:secret a line, instead of CONFAB_API_KEYS." type:"path" env:"CONFAB_KEY_FILE"`
	AudioLevels   bool          `name:"audio-levels" help:"Let clients tell the node how loud they are, so that big rooms hear who speaks. The node learns who that is." env:"CONFAB_AUDIO_LEVELS"`
	NoUDP         bool          `name:"no-udp" help:"Serve WebSocket only." env:"CONFAB_NO_UDP"`
	MaxConns      int           `name:"max-connections" help:"Most clients at a time." default:"${default_conns}" env:"CONFAB_MAX_CONNECTIONS"`
	MaxConnsAddr  int           `name:"max-connections-per-address" help:"Most connections of one IPv4 address or IPv6 /64." default:"${default_conns_addr}" env:"CONFAB_MAX_CONNECTIONS_PER_ADDRESS"`
	Drain         time.Duration `help:"How long clients may take to leave when the node stops." default:"${default_drain}" env:"CONFAB_DRAIN"`
	Resume        time.Duration `help:"How long a client that has lost its connection is waited for, and other nodes that are out of reach; the same at all nodes." default:"${default_resume}" env:"CONFAB_RESUME"`
	Node          string        `help:"Name of this node, shown to people who need support." env:"CONFAB_NODE"`
	meetingFlags
	clusterFlags
	LogFormat string `help:"text or json." enum:"text,json" default:"text" env:"CONFAB_LOG_FORMAT"`
	LogLevel  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"CONFAB_LOG_LEVEL"`
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context, to streams) error {
	level, err := obs.ParseLevel(c.LogLevel)
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(to.err, obs.Format(c.LogFormat), level)
	if err != nil {
		return err
	}
	hush(log)
	keys, err := loadKeys(c.KeyFile)
	if err != nil {
		return err
	}
	if c.KeyFile != "" && len(keys) == 0 {
		return fmt.Errorf("%s holds no key: without a key everybody could join, so leave out --key-file if that is meant", c.KeyFile)
	}
	cluster, err := c.cluster()
	if err != nil {
		return err
	}
	config := server.Config{
		Cluster:                  cluster,
		Addr:                     c.Addr,
		TLSCert:                  c.TLSCert,
		TLSKey:                   c.TLSKey,
		StateDir:                 c.stateDir(),
		PublicURL:                c.PublicURL,
		NodeURL:                  c.NodeURL,
		TrustedOrigins:           c.TrustedOrigin,
		Keys:                     keys,
		AudioLevels:              c.AudioLevels,
		DisableUDP:               c.NoUDP,
		MaxConnections:           c.MaxConns,
		MaxConnectionsPerAddress: c.MaxConnsAddr,
		DrainTimeout:             c.Drain,
		ResumeTime:               c.Resume,
		Node:                     c.Node,
		Logger:                   log,
		OnListen:                 func(l server.Listening) { banner(to.out, l) },
	}
	if err := c.apply(&config); err != nil {
		return err
	}
	s, err := server.New(config)
	if err != nil {
		return err
	}
	defer reloadOnHangup(s, log)()
	return s.ListenAndServe(ctx)
}

// stateDir returns "" on a machine whose user has no cache folder.
func (c *serveCmd) stateDir() string {
	if c.StateDir != "" {
		return c.StateDir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "confab")
}

// reloadOnHangup reads the certificate again at every SIGHUP, until the function it returns is called.
func reloadOnHangup(s *server.Server, log *slog.Logger) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range hangup {
			if err := s.ReloadCertificate(); err != nil {
				log.Error("the former TLS certificate stays in use", "error", err)
			} else {
				log.Info("TLS certificate reloaded")
			}
		}
	})
	return func() {
		signal.Stop(hangup)
		close(hangup)
		wg.Wait()
	}
}

// banner tells a person where to go and what to know.
func banner(w io.Writer, l server.Listening) {
	protocols := "TCP and UDP"
	if !l.UDP {
		protocols = "TCP only"
	}
	fmt.Fprintf(w, "\n  Confab %s on %s (%s)\n\n", version(), l.Addr, protocols)
	for _, url := range l.Local {
		fmt.Fprintf(w, "    on this machine   %s\n", url)
	}
	for _, url := range l.LAN {
		fmt.Fprintf(w, "    on your network   %s\n", url)
	}
	fmt.Fprintln(w)
	if l.Development {
		fmt.Fprintln(w, "  Certificate: made for development. Browsers warn of it on your network's addresses; --tls-cert and\n"+
			"  --tls-key give a real one.")
	}
	if l.Open {
		fmt.Fprintln(w, "  OPEN: everybody who reaches this address can start and join rooms as a guest. Set CONFAB_API_KEYS\n"+
			"  to ask for join tokens.")
	}
	fmt.Fprintln(w)
}
