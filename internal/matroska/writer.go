package matroska

import (
	"errors"
	"io"
	"sync"

	"github.com/at-wat/ebml-go/mkvcore"
	"github.com/at-wat/ebml-go/webm"
)

const (
	// A cluster begins with a keyframe of the first track after minCluster, and without one after maxCluster. Both are in
	// milliseconds.
	minCluster = 2_000
	maxCluster = 5_000
	// indexSize is reserved for the index of a file: three hours at one entry of about 20 bytes every 5 s.
	indexSize = 40 << 10
)

// File is where a Writer writes to. One that is an [io.WriterAt] too gets its duration and an index when it is complete.
type File interface {
	io.Writer
	io.Closer
}

// Writer writes a stream. Everything given to Write is written at once, so that what is there at a crash can be played. It
// is for one goroutine.
type Writer struct {
	to     *recordingFile
	blocks []mkvcore.BlockWriteCloser
}

// NewWriter begins a stream of at most 8 tracks, the first of which is the one to seek by. The Writer closes f.
func NewWriter(f File, tracks []Track) (*Writer, error) {
	to := &recordingFile{file: f}
	list := make([]mkvcore.TrackDescription, len(tracks))
	doc := "webm"
	for i := range tracks {
		number := uint64(i + 1)
		e := tracks[i].entry(number)
		list[i] = mkvcore.TrackDescription{TrackNumber: number, TrackEntry: &e}
		if c := tracks[i].Codec; c == H264 || c == RawVideo {
			doc = "matroska"
		}
	}
	options := []mkvcore.BlockWriterOption{
		mkvcore.WithEBMLHeader(&webm.EBMLHeader{
			EBMLVersion: 1, EBMLReadVersion: 1, EBMLMaxIDLength: 4, EBMLMaxSizeLength: 8,
			DocType: doc, DocTypeVersion: 4, DocTypeReadVersion: 2,
		}),
		mkvcore.WithSegmentInfo(&webm.Info{TimecodeScale: uint64(timestampUnit), MuxingApp: "confab", WritingApp: "confab"}),
		mkvcore.WithMinMaxClusterDuration(1, minCluster, maxCluster),
	}
	var out io.WriteCloser = to
	if at, ok := f.(io.WriterAt); ok {
		out = &seekableFile{recordingFile: to, at: at}
		options = append(options, mkvcore.WithSeekHead(true), mkvcore.WithCues(indexSize))
	}
	blocks, err := mkvcore.NewSimpleBlockWriter(out, list, options...)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w := &Writer{to: to, blocks: blocks}
	if to.failure() != nil {
		return nil, w.Close()
	}
	return w, nil
}

// Write appends a frame, whose data must not be changed until Close. The first frame's timestamp is the zero of the stream; no
// frame may be earlier than that, nor 30 s earlier than the one before. The error is that of the file, and stays.
func (w *Writer) Write(b Block) error {
	if _, err := w.blocks[b.Track].Write(b.Keyframe, b.Timestamp.Milliseconds(), b.Data); err != nil {
		return err
	}
	return w.to.failure()
}

// Close completes the stream and closes its file.
func (w *Writer) Close() error {
	for _, b := range w.blocks {
		if err := b.Close(); err != nil { // the last one waits for the end of writing
			return err
		}
	}
	return w.to.failure()
}

// recordingFile hides errors from the library, which would hang after one, and keeps the first.
type recordingFile struct {
	file File
	mu   sync.Mutex
	err  error
}

func (f *recordingFile) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *recordingFile) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *recordingFile) Write(b []byte) (int, error) {
	if f.failure() == nil {
		if _, err := f.file.Write(b); err != nil {
			f.note(err)
		}
	}
	return len(b), nil
}

func (f *recordingFile) Close() error {
	f.note(f.file.Close())
	return nil
}

type seekableFile struct {
	*recordingFile
	at io.WriterAt
}

func (f *seekableFile) WriteAt(b []byte, offset int64) (int, error) {
	if f.failure() == nil {
		if _, err := f.at.WriteAt(b, offset); err != nil {
			f.note(err)
		}
	}
	return len(b), nil
}
