package record

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
)

// Format is the kind of file that is written.
type Format string

// The formats.
const (
	// WebM holds VP8, VP9 and AV1. H.264 goes into its relative Matroska.
	WebM Format = "webm"
	// MP4 is fragmented, so that it can be played before it is complete. It holds H.264, VP9 and AV1; VP8 goes into WebM.
	MP4 Format = "mp4"
)

const (
	fileMode   = 0o600
	folderMode = 0o700

	// videoWithin is how much of a file, in µs, ffmpeg looks at for the first picture, from which it takes what MP4 says of VP9
	// and AV1 ahead: more than the sound before it lasts. It looks no further than that picture.
	videoWithin = "15000000"
)

// extension returns the end of the name of a file in which video of the codec is, "" for sound alone.
func (f Format) extension(videoCodec string) string {
	switch {
	case f == MP4 && videoCodec != matroska.VP8:
		return ".mp4"
	case videoCodec == matroska.H264:
		return ".mkv"
	default:
		return ".webm"
	}
}

// openFile creates a file, which must not exist, to be written as Matroska; MP4 is made of that by ffmpeg.
func openFile(tools ffmpeg.Tools, path string, mp4 bool) (matroska.File, error) {
	if mp4 {
		return openMP4(tools, path)
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

// mp4File is an ffmpeg that turns what is written to it into fragmented MP4. When this program dies, it completes the file.
type mp4File struct {
	io.Writer
	process *ffmpeg.Process
	drained chan struct{}
}

func openMP4(tools ffmpeg.Tools, path string) (*mp4File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	// It ends when its input does, not with the recording's context: it has to write the end of the file.
	process, err := tools.Start(context.Background(), "-analyzeduration", videoWithin, "-fpsprobesize", "0", "-f", "matroska", "-i", "pipe:0",
		"-map", "0", "-c", "copy", "-max_interleave_delta", "1000000", "-f", "mp4",
		"-movflags", "+empty_moov+default_base_moof+delay_moov", "-frag_duration", "1000000", "-flush_packets", "1",
		"-y", "file:"+path)
	if err != nil {
		return nil, err
	}
	f := &mp4File{Writer: process.In, process: process, drained: make(chan struct{})}
	go func() {
		defer close(f.drained)
		_, _ = io.Copy(io.Discard, process.Out)
	}()
	return f, nil
}

// Close waits until the file is complete.
func (f *mp4File) Close() error {
	err := f.process.In.Close()
	<-f.drained
	return errors.Join(f.process.Wait(), err)
}
