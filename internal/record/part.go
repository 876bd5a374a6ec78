package record

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/matroska"
)

// holdBack is for how long frames are kept, to be written in the order of their time: video comes later than the sound that
// goes with it.
const holdBack = 400 * time.Millisecond

// part is one file that is being written. Times are those of the recording.
type part struct {
	entry Entry
	// listed is where the manifest has the entry.
	listed *Entry
	path   string
	file   matroska.File
	w      *matroska.Writer
	audio  int
	// held are frames that wait, by time.
	held []matroska.Block
	// begun is set with the first frame that is written, at start. last is the time of each track's last frame, newest
	// that of the latest of all.
	begun  bool
	start  time.Duration
	last   [2]time.Duration
	newest time.Duration
	// total counts the bytes of the recording.
	total *atomic.Int64
}

const (
	videoTrack = 0
	audioTrack = 1
	// maxChannels is what an Opus track is declared to have: a decoder makes two of one.
	maxChannels = 2
)

// add takes a frame; track is videoTrack or audioTrack.
func (p *part) add(track int, b matroska.Block) error {
	b.Track = track
	at := len(p.held)
	for at > 0 && p.held[at-1].Timestamp > b.Timestamp {
		at--
	}
	p.held = slices.Insert(p.held, at, b)
	p.newest = max(p.newest, b.Timestamp)
	return p.write(p.newest - holdBack)
}

// write writes what is not newer.
func (p *part) write(until time.Duration) error {
	count := 0
	var failure error
	for _, b := range p.held {
		if b.Timestamp > until {
			break
		}
		count++
		failure = errors.Join(failure, p.put(b))
	}
	p.held = slices.Delete(p.held, 0, count)
	return failure
}

func (p *part) put(b matroska.Block) error {
	at := b.Timestamp.Round(time.Millisecond)
	switch {
	case !p.begun:
		p.begun, p.start = true, at
		p.entry.Start = at.Milliseconds()
	case at < p.start:
		return nil // its time has passed
	case at <= p.last[b.Track]:
		at = p.last[b.Track] + time.Millisecond
	}
	p.last[b.Track] = at
	b.Timestamp = at
	if b.Track == audioTrack {
		b.Track = p.audio
	}
	p.total.Add(int64(len(b.Data)))
	return p.w.Write(b)
}

// takeAfter takes back what is held and not older, for another part.
func (p *part) takeAfter(at time.Duration) []matroska.Block {
	i, _ := slices.BinarySearchFunc(p.held, at, func(b matroska.Block, t time.Duration) int { return int(b.Timestamp - t) })
	taken := slices.Clone(p.held[i:])
	p.held = p.held[:i]
	return taken
}

// close completes the file and its entry.
func (p *part) close() error {
	err := errors.Join(p.write(p.newest), p.w.Close())
	if info, failed := os.Stat(p.path); failed == nil {
		p.entry.Bytes = info.Size()
	}
	if p.begun {
		p.entry.Duration = (max(p.last[videoTrack], p.last[audioTrack]) + silenceDuration - p.start).Milliseconds()
	}
	p.entry.Complete = err == nil
	return err
}

// openPart begins a file. Its name begins with a number, which no other file of the recording has.
func (r *Recorder) openPart(e Entry, video *matroska.Track) (*part, error) {
	tracks := []matroska.Track{{Codec: matroska.Opus, Private: matroska.OpusHead(maxChannels), Channels: maxChannels}}
	codec := ""
	if video != nil {
		tracks = []matroska.Track{*video, tracks[0]}
		codec = video.Codec
	}
	extension := r.config.Format.extension(codec)
	e.File = r.fileName(&e, extension)
	p := &part{entry: e, path: filepath.Join(r.config.Folder, e.File), audio: len(tracks) - 1, total: &r.bytes}
	var err error
	if p.file, err = openFile(r.tools, p.path, extension == ".mp4"); err != nil {
		return nil, err
	}
	if p.w, err = matroska.NewWriter(p.file, tracks); err != nil {
		return nil, err
	}
	p.listed = &e
	return p, r.store.change(func(m *Manifest) { m.Files = append(m.Files, p.listed) })
}
