package record

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/media"
)

// Config says what to record where.
type Config struct {
	// Folder is made if it is not there; one with a recording in it is refused.
	Folder string
	Format Format
	// Logger receives what is worth a line. nil discards it.
	Logger *slog.Logger
	// Progress is called about every second with how it goes. nil: not.
	Progress func(Progress)
}

// Progress tells how a recording goes.
type Progress struct {
	Time         time.Duration
	Participants int
	Files        int
	Bytes        int64
	// Lost frames did not arrive, or could not be decrypted or decoded, though earlier ones of their track were.
	Lost uint64
}

// Decodes lists the codecs that files of a format can hold, for [client.Config]: members send nothing else. MP4 holds no VP8.
func (f Format) Decodes() []media.Codec {
	if f == MP4 {
		return []media.Codec{media.Opus, media.H264, media.VP9, media.AV1}
	}
	return []media.Codec{media.Opus, media.VP8, media.VP9, media.H264, media.AV1}
}

// Recorder records one room.
type Recorder struct {
	config Config
	tools  ffmpeg.Tools
	began  time.Time
	store  *store
	number atomic.Int64
	bytes  atomic.Int64
	// stays are the goroutines of all stays.
	stays sync.WaitGroup
	fail  context.CancelCauseFunc

	losses losses
	people atomic.Int64
}

// Run records a room until ctx ends, which is no error, or the room does. Then all files are complete. The files of one who
// leaves are so soon after.
func Run(ctx context.Context, room *client.Room, tools ffmpeg.Tools, c Config) error {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(c.Folder, folderMode); err != nil {
		return err
	}
	if _, err := ReadManifest(c.Folder); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s already holds a recording: choose another folder", c.Folder)
	}
	r := &Recorder{
		config: c, tools: tools, began: time.Now(),
		store: &store{folder: c.Folder, all: Manifest{Version: manifestVersion, Room: room.Name(), Files: []*Entry{}}},
	}
	if err := r.store.change(func(m *Manifest) { m.Started = r.began.UTC() }); err != nil {
		return err
	}
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	r.fail = fail
	err := r.follow(running, room)
	r.stays.Wait()
	if cause := context.Cause(running); ctx.Err() == nil && cause != nil {
		err = cause // a file could not be written
	}
	if ctx.Err() != nil {
		err = nil
	}
	ended := time.Now().UTC()
	return errors.Join(err, r.store.change(func(m *Manifest) { m.Ended = &ended }))
}

// follow takes everybody's tracks down as they come and go.
func (r *Recorder) follow(ctx context.Context, room *client.Room) error {
	var progress sync.WaitGroup
	reporting, stop := context.WithCancel(ctx)
	progress.Go(func() { r.report(reporting) })
	defer progress.Wait()
	defer stop()

	stays := map[*client.Participant]*stay{}
	defer func() {
		for _, s := range stays {
			s.end()
		}
	}()
	for event, err := range room.Events(ctx) {
		if err != nil {
			return err
		}
		switch e := event.(type) {
		case client.ParticipantJoined:
			stays[e.Participant] = r.begin(e.Participant)
			r.people.Store(int64(len(stays)))
		case client.ParticipantLeft:
			if s := stays[e.Participant]; s != nil {
				delete(stays, e.Participant)
				s.end()
			}
			r.people.Store(int64(len(stays)))
		case client.TrackPublished:
			if s := stays[e.Track.Participant()]; s != nil {
				s.expect(e.Track, !e.Track.Muted())
				s.follow(ctx, e.Track)
			}
		case client.TrackUpdated:
			if s := stays[e.Track.Participant()]; s != nil {
				s.expect(e.Track, !e.Track.Muted())
			}
		case client.TrackUnpublished:
			if s := stays[e.Track.Participant()]; s != nil {
				s.expect(e.Track, false)
			}
		}
	}
	return nil
}

// now is the time of the recording.
func (r *Recorder) now() time.Duration { return time.Since(r.began) }

// check ends the recording with the error, if it is one.
func (r *Recorder) check(err error) {
	if err != nil {
		r.fail(fmt.Errorf("the recording can't go on: %w", err))
	}
}

// fileName returns a name that no other file of the recording has.
func (r *Recorder) fileName(e *Entry, extension string) string {
	kind := ""
	if e.Kind == kindScreen {
		kind = "-screen"
	}
	return fmt.Sprintf("%03d-%s%s%s", r.number.Add(1), fileName(e.Name), kind, extension)
}

// report tells how it goes until ctx ends, and then once more.
func (r *Recorder) report(ctx context.Context) {
	if r.config.Progress == nil {
		return
	}
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	for {
		r.config.Progress(r.progress())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (r *Recorder) progress() Progress {
	return Progress{
		Time: r.now(), Participants: int(r.people.Load()), Files: int(r.number.Load()), Bytes: r.bytes.Load(),
		Lost: r.losses.total(),
	}
}
