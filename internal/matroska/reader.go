package matroska

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/at-wat/ebml-go"
)

// MaxBlock is the largest frame that is read, in bytes: a raw picture of 4096 × 2304.
const MaxBlock = 4096 * 2304 * 3 / 2

const readBuffer = 64 << 10

// Reader reads a stream. It is for one goroutine.
type Reader struct {
	r       io.Reader
	unit    time.Duration
	tracks  []Track
	indexes map[uint64]int
}

// NewReader reads the head of a stream, up to its tracks. It blocks until they have come.
func NewReader(r io.Reader) (*Reader, error) {
	buffered := bufio.NewReaderSize(r, readBuffer)
	var head struct {
		Segment struct {
			Info struct {
				TimecodeScale uint64 `ebml:"TimecodeScale"`
			} `ebml:"Info"`
			Tracks struct {
				TrackEntry []entry `ebml:"TrackEntry"`
			} `ebml:"Tracks,stop"`
		} `ebml:"Segment"`
	}
	err := ebml.Unmarshal(buffered, &head, ebml.WithMaxLeafElementSize(MaxBlock))
	switch {
	case err == nil:
		return nil, fmt.Errorf("the stream ends before its first frame: %w", io.ErrUnexpectedEOF)
	case !errors.Is(err, ebml.ErrReadStopped):
		return nil, fmt.Errorf("not a Matroska stream: %w", err)
	case len(head.Segment.Tracks.TrackEntry) == 0:
		return nil, errors.New("the Matroska stream has no tracks")
	}
	s := &Reader{r: buffered, unit: time.Duration(head.Segment.Info.TimecodeScale), indexes: make(map[uint64]int)}
	if s.unit == 0 {
		s.unit = timestampUnit
	}
	for i, e := range head.Segment.Tracks.TrackEntry {
		s.tracks = append(s.tracks, e.track())
		s.indexes[e.TrackNumber] = i
	}
	return s, nil
}

// Tracks returns the tracks of the stream.
func (s *Reader) Tracks() []Track { return s.tracks }

// Blocks calls f with every frame, in the order of the stream, until it ends; the end of a stream that breaks off is no
// error. f owns the data. To stop early, close what the stream is read from.
func (s *Reader) Blocks(f func(Block)) error {
	var body struct {
		Cluster struct {
			Timecode    uint64     `ebml:"Timecode"`
			SimpleBlock ebml.Block `ebml:"SimpleBlock"`
			BlockGroup  struct {
				Block          ebml.Block `ebml:"Block"`
				ReferenceBlock *int64     `ebml:"ReferenceBlock"`
			} `ebml:"BlockGroup"`
		} `ebml:"Cluster"`
	}
	cluster := &body.Cluster
	emit := func(b *ebml.Block, keyframe bool) {
		index, known := s.indexes[b.TrackNumber]
		if !known {
			return
		}
		at := time.Duration(int64(cluster.Timecode)+int64(b.Timecode)) * s.unit
		for _, data := range b.Data {
			if len(data) > 0 {
				f(Block{Track: index, Timestamp: at, Keyframe: keyframe, Data: data})
			}
		}
	}
	err := ebml.Unmarshal(s.r, &body, ebml.WithMaxLeafElementSize(MaxBlock), ebml.WithElementReadHooks(func(e *ebml.Element) {
		switch e.Type {
		case ebml.ElementSimpleBlock:
			emit(&cluster.SimpleBlock, cluster.SimpleBlock.Keyframe)
			cluster.SimpleBlock = ebml.Block{}
		case ebml.ElementBlockGroup:
			emit(&cluster.BlockGroup.Block, cluster.BlockGroup.ReferenceBlock == nil)
			cluster.BlockGroup.Block = ebml.Block{}
			cluster.BlockGroup.ReferenceBlock = nil
		}
	}))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
