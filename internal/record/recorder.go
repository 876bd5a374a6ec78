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
	// Notes let another recorder go on when this one dies. nil: none are taken.
	Notes *Notes
	// Missed has the recording in Folder, whose recorder has died, go on, and what was missed recovered. nil: it begins.
	Missed Missed
	// Recovered is called once that is done. nil: not.
	Recovered func(Recovered)
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
	r := &Recorder{config: c, tools: tools, store: &store{folder: c.Folder}}
	left, err := r.open(room)
	if err != nil {
		return err
	}
	running, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	r.fail = fail
	noting, stop := context.WithCancel(running)
	defer stop()
	var notes sync.WaitGroup
	notes.Go(func() {
		if left != nil {
			r.recover(running, *left)
		}
		r.takeNotes(noting)
	})
	err = r.follow(running, room)
	r.stays.Wait()
	stop()
	notes.Wait()
	if cause := context.Cause(running); ctx.Err() == nil && cause != nil {
		err = cause // a file could not be written
	}
	if ctx.Err() != nil {
		err = nil
	}
	ended := time.Now().UTC()
	err = errors.Join(err, r.store.change(func(m *Manifest) { m.Ended = &ended }))
	if c.Notes != nil || left != nil {
		err = errors.Join(err, removeNotes(c.Folder))
	}
	return err
}

// open begins a recording, or opens one whose recorder has died and returns its notes.
func (r *Recorder) open(room *client.Room) (left *notes, err error) {
	folder := r.config.Folder
	if r.config.Missed == nil {
		if err := Vacant(folder); err != nil {
			return nil, err
		}
		r.began = time.Now()
		r.store.all = Manifest{Version: manifestVersion, Room: room.Name(), Files: []*Entry{}}
		return nil, r.store.change(func(m *Manifest) { m.Started = r.began.UTC() })
	}
	found, err := ReadManifest(folder)
	switch {
	case err != nil:
		return nil, fmt.Errorf("there is no recording to go on with: %w", err)
	case found.Ended != nil:
		return nil, fmt.Errorf("the recording in %s has ended: record into another folder", folder)
	case found.Room != room.Name():
		return nil, fmt.Errorf("the recording in %s is of room %s", folder, found.Room)
	}
	n, err := readNotes(folder)
	if err != nil {
		return nil, fmt.Errorf("the recorder has left no notes to go on from: %w", err)
	}
	r.store.all, r.began = *found, found.Started
	// One file may have been made that is not listed.
	r.number.Store(int64(len(found.Files)) + 1)
	return &n, nil
}

// takeNotes keeps the notes up to date until ctx ends.
func (r *Recorder) takeNotes(ctx context.Context) {
	n := r.config.Notes
	if n == nil {
		return
	}
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	n.begin(r.config.Folder)
	defer n.end()
	for ctx.Err() == nil {
		r.check(n.tick())
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
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
