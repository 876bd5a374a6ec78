package record

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/iggy"
	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
)

// TestRecordingGoesOnAfterItsRecorderDied: with what was sent meanwhile, from the log.
func TestRecordingGoesOnAfterItsRecorderDied(t *testing.T) {
	t.Parallel()
	stream := iggytest.Stream(t)
	link := mediatest.MeetingOn(t, server.Config{Cluster: server.Cluster{Iggy: stream}})
	folder := t.TempDir()
	killRecorder(t, link, folder, notesVariable+"=yes")
	if info, err := os.Stat(filepath.Join(folder, notesName)); err != nil || info.Mode().Perm() != fileMode {
		t.Fatalf("the notes: %v, %v", info, err)
	}

	c := Config{Folder: folder, Format: WebM, Notes: &Notes{}}
	c.Missed = func(ctx context.Context, room string, from time.Time, each func(KeptObject)) error {
		log := iggy.Config{URL: stream, Logger: slog.New(slog.DiscardHandler)}
		return iggy.Read(ctx, log, backbone.Media(room), from, func(at time.Time, msg []byte) {
			for len(msg) > 0 {
				k, rest, err := backbone.NextKept(msg)
				if err != nil {
					t.Error(err)
					return
				}
				each(KeptObject{At: at, Session: k.Session, Track: k.Track, Object: k.Object})
				msg = rest
			}
		})
	}
	recovered := make(chan Recovered, 1)
	c.Recovered = func(v Recovered) { recovered <- v }
	room, err := client.Join(t.Context(), link, client.Config{Name: "recorder", Roles: e2ee.Recorder, Keep: c.Notes.Hold})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, room, mediatest.Tools(t), c) }()
	select {
	case v := <-recovered:
		if v.Frames < 30 || v.Away <= 0 {
			t.Errorf("%+v is recovered", v)
		}
	case err := <-ended:
		t.Fatalf("the recording ends: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, notesName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the notes are there after the end: %v", err)
	}

	m, err := ReadManifest(folder)
	if err != nil || m.Ended == nil || len(m.Files) < 3 || m.Files[0].Complete {
		t.Fatalf("manifest %+v, %v", m, err)
	}
	// Together they have everything.
	broken, rest := m.Files[0], m.Files[1:]
	until := broken.Start + int64(mediatest.Decode(t, filepath.Join(folder, broken.File)).Samples/48)
	slices.SortFunc(rest, func(a, b *Entry) int { return int(a.Start - b.Start) })
	for _, e := range rest {
		if !e.Complete || e.Name != "Ann" || e.Session != broken.Session || e.Part < 2 || e.Start > until+200 {
			t.Errorf("%+v after %d ms", e, until)
		}
		until = max(until, e.Start+e.Duration)
	}
	if d := mediatest.Decode(t, filepath.Join(folder, rest[0].File)); d.Err != nil || d.Frames < 10 {
		t.Errorf("%d frames are recovered, %v", d.Frames, d.Err)
	}
}

// TestKeptFrameOfAnotherTime: a member who lies about the time of a frame does not have hours of silence recovered.
func TestKeptFrameOfAnotherTime(t *testing.T) {
	r := &Recorder{config: Config{Folder: t.TempDir(), Format: WebM}, began: time.Now().Add(-time.Minute)}
	r.store = &store{folder: r.config.Folder}
	v := &recovery{r: r, stays: map[string]*stay{}, left: notes{Stays: map[string]noted{"session": {Name: "Mallory"}}}}
	for _, lie := range []time.Duration{0, time.Hour, -time.Hour, 20 * time.Millisecond} {
		o := KeptObject{At: r.began.Add(time.Second), Session: "session"}
		if err := v.take(o, media.Microphone, media.Frame{Codec: media.Opus, Timestamp: time.Second + lie, Payload: silence}); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.stays["session"].close(); err != nil {
		t.Fatal(err)
	}
	files := r.store.all.Files
	if len(files) != 1 || files[0].Start != 1000 || files[0].Duration != 40 || v.result.Frames != 2 {
		t.Errorf("%d frames are recovered, into %+v", v.result.Frames, files[0])
	}
}
