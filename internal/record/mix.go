package record

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openconfab/confab/internal/ffmpeg"
)

const (
	mixWidth  = 1280
	mixHeight = 720
	mixRate   = 30
)

var errNothing = errors.New("there is nothing to mix: nobody was seen or heard")

// Mix makes one file of a recording: a grid of everybody who is seen, and everybody's sound. It takes a while, for everything
// is decoded and encoded. The manifest in the folder names the file afterwards.
func Mix(ctx context.Context, tools ffmpeg.Tools, folder string, format Format) (string, error) {
	m, err := ReadManifest(folder)
	if err != nil {
		return "", err
	}
	name := "mixed." + string(format)
	args, err := mixArgs(m, folder, format)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, name)
	if err := tools.Run(ctx, append(args, "-y", "file:"+path)...); err != nil {
		_ = os.Remove(path) // it is not whole, if it is there
		return "", err
	}
	if err := os.Chmod(path, fileMode); err != nil {
		return "", err
	}
	s := &store{folder: folder, all: *m}
	return name, s.change(func(m *Manifest) { m.Mixed = name })
}

// mixArgs returns what ffmpeg is to be told.
func mixArgs(m *Manifest, folder string, format Format) ([]string, error) {
	var files []*Entry
	var length int64
	for _, e := range m.Files {
		if e.Duration > 0 {
			files = append(files, e)
			length = max(length, e.Start+e.Duration)
		}
	}
	if len(files) == 0 {
		return nil, errNothing
	}
	var args []string
	for _, e := range files {
		// Without -reinit_filter a change of size would begin the whole picture anew.
		args = append(args, "-reinit_filter", "0", "-i", "file:"+filepath.Join(folder, e.File))
	}
	graph, video := mixGraph(files, length)
	args = append(args, "-filter_complex", graph, "-map", "[sound]")
	if video {
		args = append(append(args, "-map", "[picture]"), mixVideoArgs(format)...)
	}
	if format == MP4 {
		return append(args, "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"), nil
	}
	return append(args, "-c:a", "libopus", "-b:a", "96k"), nil
}

func mixVideoArgs(format Format) []string {
	if format == MP4 {
		return []string{"-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"}
	}
	return []string{"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "-6", "-threads", "1", "-b:v", "2500k", "-auto-alt-ref", "0"}
}

// mixGraph returns the filters, whose outputs are [sound] and, if there is video, [picture].
func mixGraph(files []*Entry, length int64) (graph string, video bool) {
	var b strings.Builder
	for i, e := range files {
		fmt.Fprintf(&b, "[%d:a]aresample=48000:async=1:first_pts=0,adelay=%d:all=1[a%d];", i, max(0, e.Start), i)
	}
	for i := range files {
		fmt.Fprintf(&b, "[a%d]", i)
	}
	fmt.Fprintf(&b, "amix=inputs=%d:normalize=0:dropout_transition=0,alimiter=limit=0.95[sound]", len(files))

	cells, count := assignCells(files)
	if count == 0 {
		return b.String(), false
	}
	columns := int(math.Ceil(math.Sqrt(float64(count))))
	rows := (count + columns - 1) / columns
	width, height := mixWidth/columns&^1, mixHeight/rows&^1
	fmt.Fprintf(&b, ";color=black:size=%dx%d:rate=%d:duration=%s[c0]", mixWidth, mixHeight, mixRate, seconds(length))
	layer := 0
	for i, e := range files {
		cell, ok := cells[i]
		if !ok {
			continue
		}
		fmt.Fprintf(&b, ";[%d:v]setpts=PTS+%s/TB,scale=%d:%d:force_original_aspect_ratio=decrease:force_divisible_by=2[v%d]",
			i, seconds(e.Start), width, height, i)
		fmt.Fprintf(&b, ";[c%d][v%d]overlay=x=%d+(%d-w)/2:y=%d+(%d-h)/2:eof_action=pass:enable='%s'[c%d]",
			layer, i, cell%columns*width, width, cell/columns*height, height, shown(e), layer+1)
		layer++
	}
	fmt.Fprintf(&b, ";[c%d]null[picture]", layer)
	return b.String(), true
}

// shown is the condition under which there is video, so that no picture stays when its camera is off.
func shown(e *Entry) string {
	terms := make([]string, len(e.Seen))
	for i, span := range e.Seen {
		terms[i] = fmt.Sprintf("between(t,%s,%s)", seconds(span[0]), seconds(span[1]+unseenAfter.Milliseconds()/4))
	}
	return strings.Join(terms, "+")
}

// assignCells gives every file with video a place in the grid: the same to all parts of one participant's kind, and that of
// one who is gone to one who comes. It returns the number of places too.
func assignCells(files []*Entry) (cells map[int]int, count int) {
	type presence struct {
		from, to int64
		files    []int
	}
	byWho := map[string]*presence{}
	var all []*presence
	for i, e := range files {
		if len(e.Seen) == 0 {
			continue
		}
		key := e.Session + "\x00" + e.Identity + "\x00" + e.Kind
		who := byWho[key]
		if who == nil {
			who = &presence{from: e.Start, to: e.Start}
			byWho[key] = who
			all = append(all, who)
		}
		who.from, who.to = min(who.from, e.Start), max(who.to, e.Start+e.Duration)
		who.files = append(who.files, i)
	}
	slices.SortStableFunc(all, func(a, b *presence) int { return int(a.from - b.from) })
	cells = map[int]int{}
	var free []int64 // for each cell, from when on it is
	for _, who := range all {
		cell := slices.IndexFunc(free, func(from int64) bool { return from <= who.from })
		if cell < 0 {
			cell = len(free)
			free = append(free, 0)
		}
		free[cell] = who.to
		for _, i := range who.files {
			cells[i] = cell
		}
	}
	return cells, len(free)
}

func seconds(ms int64) string { return fmt.Sprintf("%d.%03d", max(0, ms)/1000, max(0, ms)%1000) }
