package record

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/media"
)

// studio is a take without a call: the test says what comes when.
type studio struct {
	t *testing.T
	r *Recorder
	*take
	video, sound []matroska.Block
}

// newStudio has four seconds of a picture with a keyframe every second, and of a tone.
func newStudio(t *testing.T, f Format) *studio {
	t.Helper()
	file := mediatest.Make(t, "a.webm", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=4", "-f", "lavfi", "-i",
		"sine=frequency=440:duration=4,volume=12dB", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-lag-in-frames", "0", "-g", "10", "-c:a", "libopus")
	s := &studio{t: t}
	s.r = &Recorder{config: Config{Folder: t.TempDir(), Format: f}, tools: mediatest.Tools(t), began: time.Now()}
	s.r.store = &store{folder: s.r.config.Folder}
	s.take = &take{r: s.r, model: Entry{Identity: "ann", Name: "Ann", Kind: kindCamera}}
	s.video, s.sound = readFile(t, file)
	return s
}

func (s *studio) see(b matroska.Block, codec media.Codec, at time.Duration) {
	s.t.Helper()
	if err := s.take.video(media.Frame{
		Codec: codec, Keyframe: b.Keyframe, Timestamp: at, Width: 160, Height: 90, Payload: b.Data,
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *studio) hear(b matroska.Block, at time.Duration) {
	s.t.Helper()
	if err := s.take.audio(media.Frame{Codec: media.Opus, Keyframe: true, Timestamp: at, Payload: b.Data}); err != nil {
		s.t.Fatal(err)
	}
}

// files completes the take and returns what is in its files.
func (s *studio) files() (decoded []mediatest.Decoded, entries []*Entry) {
	s.t.Helper()
	if err := s.take.close(); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range s.r.store.all.Files {
		d := mediatest.Decode(s.t, filepath.Join(s.r.config.Folder, e.File))
		if d.Err != nil {
			s.t.Errorf("%s: %v", e.File, d.Err)
		}
		decoded = append(decoded, d)
	}
	return decoded, s.r.store.all.Files
}

// TestMutedSoundIsSilence: what was muted for two seconds is silent for two, and then goes on at its time.
func TestMutedSoundIsSilence(t *testing.T) {
	for _, f := range []Format{WebM, MP4} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, f)
			for i, b := range s.video {
				at := b.Timestamp
				s.see(b, media.VP9, time.Hour+at)
				if at < time.Second || at >= 3*time.Second {
					for _, sound := range s.sound[i*5 : min(i*5+5, len(s.sound))] {
						s.hear(sound, time.Hour+sound.Timestamp)
					}
				}
			}
			decoded, entries := s.files()
			if len(decoded) != 1 || decoded[0].Frames != 40 {
				t.Fatalf("files %+v", entries)
			}
			loud := decoded[0].Loudest
			if len(loud) < 4 || loud[0] < 0.1 || loud[1] > loud[0] || loud[2] > 0.01 || loud[3] < 0.1 {
				t.Errorf("the loudest in each second: %.3f", loud)
			}
			if e := entries[0]; e.Start != time.Hour.Milliseconds() || e.Duration < 3950 || e.Duration > 4050 {
				t.Errorf("entry %+v", e)
			}
		})
	}
}

// TestMP4OfVideoThatComesAfterItsSound: what it says of the video ahead needs the first picture.
func TestMP4OfVideoThatComesAfterItsSound(t *testing.T) {
	t.Parallel()
	s := newStudio(t, MP4)
	s.videoExpected = true
	for i, sound := range s.sound {
		s.hear(sound, sound.Timestamp)
		if late := sound.Timestamp - 1900*time.Millisecond; late >= 0 && i%5 == 0 {
			s.see(s.video[late/(100*time.Millisecond)], media.VP9, sound.Timestamp)
		}
	}
	decoded, entries := s.files()
	if len(decoded) != 1 || decoded[0].Frames < 20 || entries[0].Start != 0 {
		t.Errorf("%d frames; %+v", decoded[0].Frames, *entries[0])
	}
}

// TestPowerCutLeavesPlayableMP4 kills the process that writes the file.
func TestPowerCutLeavesPlayableMP4(t *testing.T) {
	t.Parallel()
	s := newStudio(t, MP4)
	var path string
	for i := range 100_000 {
		at := time.Duration(i) * 20 * time.Millisecond
		s.hear(s.sound[i%100], at)
		if i%5 == 0 {
			s.see(s.video[i/5%40], media.VP9, at)
		}
		if s.part == nil {
			continue
		}
		path = s.part.path
		if info, err := os.Stat(path); err != nil || info.Size() > 200_000 {
			break
		}
	}
	process, err := os.FindProcess(s.part.file.(*mp4File).process.PID())
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.take.close(); err == nil || s.r.store.all.Files[len(s.r.store.all.Files)-1].Complete {
		t.Error("a file that could not be written counts as complete")
	}
	if d := mediatest.Decode(t, path); d.Frames < 30 || d.Samples < 3*48_000 {
		t.Errorf("%d frames and %d samples can be played", d.Frames, d.Samples)
	}
}

// TestNothingBeforeAKeyframe: what can't be decoded is not written, and sound waits for the video.
func TestNothingBeforeAKeyframe(t *testing.T) {
	t.Parallel()
	s := newStudio(t, WebM)
	s.videoExpected = true
	for i, b := range s.video[5:] {
		for _, sound := range s.sound[25+i*5 : min(30+i*5, len(s.sound))] {
			s.hear(sound, sound.Timestamp)
		}
		s.see(b, media.VP9, b.Timestamp)
	}
	decoded, entries := s.files()
	if len(decoded) != 1 || decoded[0].Frames != 30 || entries[0].Seen[0][0] != s.video[10].Timestamp.Milliseconds() || entries[0].Start > 520 {
		t.Errorf("%d frames; %+v", decoded[0].Frames, *entries[0])
	}
}

// TestVideoThatAppearsAndChanges begins a part each time, but not as often as a sender likes.
func TestVideoThatAppearsAndChanges(t *testing.T) {
	t.Parallel()
	s := newStudio(t, WebM)
	for i := range 400 {
		at := time.Duration(i) * 20 * time.Millisecond
		s.hear(s.sound[i%100], at)
		if i >= 150 && i%5 == 0 {
			b := s.video[(i/5)%40]
			codec := media.VP9
			if i >= 300 && (i/50)%2 == 1 {
				codec = media.VP8 // as it says
			}
			s.see(b, codec, at)
		}
	}
	var parts []string
	s.take.close()
	for _, e := range s.r.store.all.Files {
		parts = append(parts, e.File+" "+e.Video)
	}
	if want := []string{"001-Ann.webm ", "002-Ann.webm vp9", "003-Ann.webm vp8"}; !slices.Equal(parts, want) {
		t.Errorf("parts %q, want %q", parts, want)
	}
	first := s.r.store.all.Files[0]
	if first.Duration < 2950 || first.Duration > 3050 {
		t.Errorf("the part without video is %+v", first)
	}
}

// TestLostSoundComesWithTheNext: the frame that was lost is taken from the one after it.
func TestLostSoundComesWithTheNext(t *testing.T) {
	t.Parallel()
	s := newStudio(t, WebM)
	for i, b := range s.sound {
		f := media.Frame{Codec: media.Opus, Timestamp: b.Timestamp, Payload: b.Data}
		if i > 0 {
			f.Redundancy = &media.Redundancy{Delta: silenceDuration, Payload: s.sound[i-1].Data}
		}
		if i%10 == 5 {
			continue
		}
		if err := s.take.audio(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.take.close(); err != nil {
		t.Fatal(err)
	}
	_, sound := readFile(t, filepath.Join(s.r.config.Folder, s.r.store.all.Files[0].File))
	for i := range sound {
		if string(sound[i].Data) != string(s.sound[i].Data) {
			t.Fatalf("frame %d of the sound is another", i)
		}
	}
	if len(sound) < len(s.sound)-1 {
		t.Errorf("%d of %d frames", len(sound), len(s.sound))
	}
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{
		"Ann":                      "Ann",
		"Bücher, Kübler & Söhne":   "Bücher-Kübler-Söhne",
		"../../etc/passwd":         "etc-passwd",
		"\x00\\\r\n:*?\"<>|":       "nameless",
		"":                         "nameless",
		"con":                      "con", // never alone: a number is before it
		strings.Repeat("長い", 1000): strings.Repeat("長い", 20),
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestOpusDuration(t *testing.T) {
	for _, tt := range []struct {
		packet []byte
		want   time.Duration
	}{
		{silence, 20 * time.Millisecond},
		{[]byte{0x03 << 3, 1}, 60 * time.Millisecond},
		{[]byte{16<<3 | 3, 4, 1}, 10 * time.Millisecond},
		{[]byte{13<<3 | 1, 1}, 40 * time.Millisecond},
		{[]byte{3<<3 | 3, 63}, 0},
		{[]byte{31<<3 | 3}, 0},
		{nil, 0},
	} {
		if got := opusDuration(tt.packet); got != tt.want {
			t.Errorf("%x lasts %v, want %v", tt.packet, got, tt.want)
		}
	}
}

// TestGridReusesPlaces: who comes when another is gone gets that one's place, all parts of one stay the same place.
func TestGridReusesPlaces(t *testing.T) {
	seen := [][2]int64{{0, 1}}
	files := []*Entry{
		{Session: "a", Kind: kindCamera, Start: 0, Duration: 1000, Seen: seen},
		{Session: "b", Kind: kindCamera, Start: 500, Duration: 9000, Seen: seen},
		{Session: "c", Kind: kindCamera, Start: 2000, Duration: 1000, Seen: seen},
		{Session: "c", Kind: kindScreen, Start: 2500, Duration: 1000, Seen: seen},
		{Session: "d", Kind: kindCamera, Start: 2500, Duration: 1000},
		{Session: "c", Kind: kindCamera, Start: 3000, Duration: 1000, Seen: seen},
	}
	cells, count := assignCells(files)
	if count != 3 || cells[0] != 0 || cells[1] != 1 || cells[2] != 0 || cells[3] != 2 || cells[5] != 0 {
		t.Errorf("%d places: %v", count, cells)
	}
	if _, heard := cells[4]; heard {
		t.Error("one without video has a place")
	}
}
