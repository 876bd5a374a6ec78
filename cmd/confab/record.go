package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/record"
)

type recordCmd struct {
	joining
	Out      string        `help:"Folder for the files; one named after room and time if not given." type:"path" placeholder:"FOLDER"`
	Format   string        `help:"webm or mp4. H.264 goes into .mkv, WebM's relative; with mp4 members are asked not to send VP8." enum:"webm,mp4" default:"webm"`
	Mixed    bool          `help:"Afterwards make one file of all: a grid of everybody, and the sound."`
	Duration time.Duration `help:"Stop after this time."`
	resuming
}

// Run records until ctx or the room ends.
func (c *recordCmd) Run(ctx context.Context, to streams) error {
	tools, err := ffmpeg.Find()
	needed := c.Mixed || record.Format(c.Format) == record.MP4
	if err != nil && needed {
		return err
	}
	log, err := commandLog(to.err, slog.LevelWarn)
	if err != nil {
		return err
	}
	if c.Resume != "" && (c.Mixed || c.Out != "") {
		return errors.New("--resume goes on in its own folder, and what was broken off can't be mixed: leave out --out and --mixed")
	}
	if c.Out != "" {
		if err := record.Vacant(c.Out); err != nil {
			return err
		}
	}
	hush(log)
	config := record.Config{Format: record.Format(c.Format), Logger: log}
	keep, err := c.resuming.configure(&config, to.out)
	if err != nil {
		return err
	}
	room, err := c.join(ctx, e2ee.Recorder, record.Format(c.Format).Decodes(), keep, log)
	if err != nil {
		return err
	}
	defer room.Close()
	folder := c.Out
	if c.Resume != "" {
		folder = c.Resume
	}
	if folder == "" {
		folder = fmt.Sprintf("confab-%s-%s", room.Name(), time.Now().Format("20060102-150405"))
	}
	recording, stop := ctx, func() {}
	if c.Duration > 0 {
		recording, stop = context.WithTimeout(ctx, c.Duration)
	}
	defer stop()
	fmt.Fprintf(to.out, "Recording room %s into %s. Everybody sees it. Ctrl-C ends it.\n", room.Name(), folder)
	show, done := progressLine(to.out)
	config.Folder, config.Progress = folder, show
	err = record.Run(recording, room, tools, config)
	done()
	err = errors.Join(err, room.Close())
	if c.Mixed {
		err = errors.Join(err, c.mix(ctx, to.out, tools, folder))
	}
	return err
}

// mix makes the file with everybody. The Ctrl-C that ended the recording does not end it, another one does.
func (c *recordCmd) mix(ctx context.Context, out io.Writer, tools ffmpeg.Tools, folder string) error {
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintln(out, "Mixing. Ctrl-C gives up the mix, the files stay.")
	name, err := record.Mix(ctx, tools, folder, record.Format(c.Format))
	if err != nil {
		return fmt.Errorf("the files are in %s, but not mixed: %w", folder, err)
	}
	fmt.Fprintln(out, "Mixed into", filepath.Join(folder, name))
	return nil
}

// logInterval is how often progress is printed where nobody watches.
const logInterval = time.Minute

// progressLine returns what shows how a recording goes, on one line of a terminal or now and then in a log, and what shows
// the last state.
func progressLine(w io.Writer) (show func(record.Progress), done func()) {
	var mu sync.Mutex
	var last record.Progress
	var printed time.Duration
	terminal := isTerminal(w)
	line := func() string {
		at := last.Time.Truncate(time.Second)
		return fmt.Sprintf("%02d:%02d:%02d  participants: %d  files: %d  %.1f MB  frames lost: %d",
			int(at.Hours()), int(at.Minutes())%60, int(at.Seconds())%60, last.Participants, last.Files, float64(last.Bytes)/1e6, last.Lost)
	}
	show = func(p record.Progress) {
		mu.Lock()
		defer mu.Unlock()
		last = p
		switch {
		case terminal:
			fmt.Fprintf(w, "\r%s\x1b[K", line())
		case p.Time-printed >= logInterval:
			printed = p.Time
			fmt.Fprintln(w, line())
		}
	}
	done = func() {
		mu.Lock()
		defer mu.Unlock()
		if terminal {
			fmt.Fprint(w, "\r\x1b[K")
		}
		fmt.Fprintln(w, line())
	}
	return show, done
}
