package record

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/internal/publish"
	"github.com/openconfab/confab/media"
)

// maxApart is how far sound and picture of a recording may be apart.
const maxApart = 80 * time.Millisecond

func join(t *testing.T, link, name string, roles e2ee.Roles, f Format) *client.Room {
	t.Helper()
	room, err := client.Join(t.Context(), link, client.Config{Name: name, Roles: roles, Decode: f.Decodes()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { room.Close() })
	return room
}

// recording is one that runs.
type recording struct {
	folder string
	room   *client.Room
	stop   func() *Manifest
}

// begin starts a recording, which is there when it returns.
func begin(t *testing.T, link string, f Format) *recording {
	t.Helper()
	r := &recording{folder: t.TempDir(), room: join(t, link, "recorder", e2ee.Recorder, f)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, r.room, mediatest.Tools(t), Config{Folder: r.folder, Format: f})
	}()
	r.stop = func() *Manifest {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		m, err := ReadManifest(r.folder)
		if err != nil {
			t.Fatal(err)
		}
		ended <- nil
		return m
	}
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return r
}

// play publishes one after the other to its end, and leaves.
func play(t *testing.T, link, name string, list ...publish.Config) {
	t.Helper()
	room := join(t, link, name, 0, WebM)
	for _, c := range list {
		if err := publish.Run(t.Context(), room, mediatest.Tools(t), c); err != nil {
			t.Error(err)
		}
	}
	room.Close()
}

// checkFile decodes a file and holds it against its entry.
func checkFile(t *testing.T, r *recording, e *Entry) mediatest.Decoded {
	t.Helper()
	d := mediatest.Decode(t, filepath.Join(r.folder, e.File))
	length := time.Duration(e.Duration) * time.Millisecond
	sound := time.Duration(d.Samples) * time.Second / 48_000
	if d.Err != nil || !e.Complete || (sound-length).Abs() > 100*time.Millisecond {
		t.Errorf("%s: error %v, complete %v, %v of sound in %v", e.File, d.Err, e.Complete, sound, length)
	}
	return d
}

// TestPublishedIsRecordedInSync has every codec and container: what was published is in the files, whole and in sync.
func TestPublishedIsRecordedInSync(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		codec  media.Codec
		format Format
		file   string
	}{
		{media.VP8, WebM, "001-Ann.webm"},
		{media.VP9, MP4, "001-Ann.mp4"},
		{media.H264, WebM, "001-Ann.mkv"},
		{media.H264, MP4, "001-Ann.mp4"},
	} {
		t.Run(fmt.Sprintf("%s in %s", tt.codec, tt.format), func(t *testing.T) {
			t.Parallel()
			link := mediatest.Meeting(t)
			r := begin(t, link, tt.format)
			play(t, link, "Ann", publish.Config{
				Inputs: []string{mediatest.FlashAndBeep(5)}, Codec: tt.codec,
			})
			m := r.stop()
			if len(m.Files) != 1 || m.Files[0].File != tt.file || m.Files[0].Video != tt.codec.String() || m.Ended == nil {
				t.Fatalf("manifest %+v", m)
			}
			d := checkFile(t, r, m.Files[0])
			if d.Frames < 30 { // of 150; a busy machine leaves some out
				t.Errorf("only %d frames", d.Frames)
			}
			apart := d.Apart(t)
			t.Logf("sound and picture are %v apart; %d frames", apart, d.Frames)
			if apart.Abs() > maxApart {
				t.Errorf("sound and picture are %v apart", apart)
			}
		})
	}
}

// TestKilledRecorderLeavesPlayableFiles kills the process that records without a warning.
func TestKilledRecorderLeavesPlayableFiles(t *testing.T) {
	t.Parallel()
	link := mediatest.Meeting(t)
	folder := t.TempDir()
	stop := killRecorder(t, link, folder)
	stop()

	m, err := ReadManifest(folder)
	if err != nil || len(m.Files) == 0 || m.Ended != nil {
		t.Fatalf("manifest %+v, %v", m, err)
	}
	// On a busy machine the first picture comes so late that there is a file of sound before it.
	last := m.Files[len(m.Files)-1]
	if last.Complete {
		t.Errorf("a file that was cut off counts as complete: %+v", last)
	}
	d := mediatest.Decode(t, filepath.Join(folder, last.File))
	if d.Frames < 5 || d.Samples < 24_000 {
		t.Errorf("%d frames and %d samples can be played", d.Frames, d.Samples)
	}
}

// killRecorder records somebody who publishes in another process, and kills that when it has something. The publishing goes on
// until stop.
func killRecorder(t *testing.T, link, folder string, environment ...string) (stop func()) {
	t.Helper()
	recorder := exec.CommandContext(t.Context(), os.Args[0])
	recorder.Env = append(append(os.Environ(), linkVariable+"="+link, folderVariable+"="+folder), environment...)
	out, err := recorder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Start(); err != nil {
		t.Fatal(err)
	}
	progress := bufio.NewScanner(out)
	if !progress.Scan() {
		t.Fatal("the recorder does not begin")
	}
	room := join(t, link, "Ann", 0, WebM)
	publishing, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- publish.Run(publishing, room, mediatest.Tools(t), publish.Config{
			Inputs: []string{publish.TestPattern(360, 30)}, Bitrate: 1_500_000,
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(stop)
	for bytes := 0; bytes < 150_000; {
		if !progress.Scan() {
			t.Fatal("the recorder ended")
		}
		fmt.Sscan(progress.Text(), &bytes)
	}
	if err := recorder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = recorder.Wait()
	return stop
}

// TestChangesAndMix: another codec is another part, another participant another file, sound alone is a file too, and names have
// no power over the file system. All of it goes into one picture.
func TestChangesAndMix(t *testing.T) {
	t.Parallel()
	link := mediatest.Meeting(t)
	r := begin(t, link, WebM)
	play(t, link, "../../etc/passwd",
		publish.Config{Inputs: []string{mediatest.FlashAndBeep(3)}, Codec: media.VP8},
		publish.Config{Inputs: []string{mediatest.FlashAndBeep(2)}, Codec: media.VP9, Height: 90})
	play(t, link, "Bob \u202egpj.", publish.Config{Inputs: []string{"lavfi:sine=frequency=500:duration=1"}})
	m := r.stop()
	var files []string
	for _, e := range m.Files {
		files = append(files, e.File+" "+e.Video)
		checkFile(t, r, e)
	}
	want := []string{"001-etc-passwd.webm vp8", "002-etc-passwd.webm vp9", "003-Bob-gpj.webm "}
	if !slices.Equal(files, want) {
		t.Fatalf("files %q, want %q", files, want)
	}
	one, two := m.Files[0], m.Files[1]
	// Sound that had been written before the new video came stays in the first part.
	if one.Session != two.Session || two.Part != 2 || one.Start+one.Duration-two.Start > soundLate.Milliseconds() {
		t.Errorf("parts %+v, %+v", one, two)
	}

	name, err := Mix(t.Context(), mediatest.Tools(t), r.folder, WebM)
	if err != nil {
		t.Fatal(err)
	}
	d := mediatest.Decode(t, filepath.Join(r.folder, name))
	length := int(m.Files[2].Start + m.Files[2].Duration)
	if d.Err != nil || d.Frames < length*mixRate/1000-mixRate || d.Samples < length*48-48_000 {
		t.Errorf("mix of %d ms: %v, %d frames, %d samples", length, d.Err, d.Frames, d.Samples)
	}
	if entries, err := os.ReadDir(r.folder); err != nil || len(entries) != 5 {
		t.Errorf("folder %v, %v", entries, err)
	}
}
