package mediatest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const sampleRate = 48_000

// Decoded is what was in a file.
type Decoded struct {
	// Frames is the number of pictures, Samples that of sound, at 48 kHz.
	Frames, Samples int
	// Flashes and Beeps are when it became bright or loud, since the begin of the file.
	Flashes, Beeps []time.Duration
	// Loudest is the largest amplitude of each second, from 0 to 1.
	Loudest []float64
	// Err is what ffmpeg complained of.
	Err error
}

// Decode decodes a file and measures it.
func Decode(t testing.TB, path string) Decoded {
	t.Helper()
	var d Decoded
	d.pictures(t, path)
	d.sound(t, path)
	return d
}

// pictures looks at the brightness of every picture.
func (d *Decoded) pictures(t testing.TB, path string) {
	t.Helper()
	p, err := Tools(t).Start(t.Context(), "-nostdin", "-copyts", "-i", "file:"+path, "-map", "0:v?", "-vf",
		"signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-", "-fps_mode", "passthrough", "-f", "null", "-")
	if err != nil {
		t.Fatal(err)
	}
	var at float64
	bright := false
	for lines := bufio.NewScanner(p.Out); lines.Scan(); {
		line := lines.Text()
		if _, after, ok := strings.Cut(line, "pts_time:"); ok {
			fmt.Sscan(after, &at)
			d.Frames++
			continue
		}
		var average float64
		if _, after, ok := strings.Cut(line, "YAVG="); !ok {
			continue
		} else if _, err := fmt.Sscan(after, &average); err != nil {
			t.Fatal(err)
		}
		if !bright && average > 128 {
			d.Flashes = append(d.Flashes, time.Duration(at*float64(time.Second)))
		}
		bright = average > 128
	}
	d.Err = p.Wait()
}

// sound listens for what is loud after it was quiet.
func (d *Decoded) sound(t testing.TB, path string) {
	t.Helper()
	p, err := Tools(t).Start(t.Context(), "-nostdin", "-copyts", "-i", "file:"+path, "-map", "0:a", "-af",
		"aresample=async=1:first_pts=0", "-ac", "1", "-ar", fmt.Sprint(sampleRate), "-f", "s16le", "-")
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := io.ReadAll(p.Out)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		d.Err = err
	}
	d.Samples = len(pcm) / 2
	loud := -sampleRate
	for i := range d.Samples {
		level := math.Abs(float64(int16(binary.LittleEndian.Uint16(pcm[2*i:])))) / math.MaxInt16
		second := i / sampleRate
		if second == len(d.Loudest) {
			d.Loudest = append(d.Loudest, 0)
		}
		d.Loudest[second] = max(d.Loudest[second], level)
		if level < 0.1 {
			continue
		}
		if i-loud > sampleRate/4 {
			d.Beeps = append(d.Beeps, time.Duration(i)*time.Second/sampleRate)
		}
		loud = i
	}
}

// Apart returns by how much the beeps are later than their flashes, in the median: a busy machine leaves out pictures, and the
// first of a flash may be among them.
func (d *Decoded) Apart(t testing.TB) time.Duration {
	t.Helper()
	var differences []time.Duration
	for _, flash := range d.Flashes {
		nearest := time.Duration(math.MaxInt64)
		for _, beep := range d.Beeps {
			if (beep - flash).Abs() < nearest.Abs() {
				nearest = beep - flash
			}
		}
		// One of the first or the last may be cut off.
		if nearest.Abs() < time.Second/2 {
			differences = append(differences, nearest)
		}
	}
	if len(differences) < 3 {
		t.Fatalf("%d flashes and %d beeps, of which %d belong together", len(d.Flashes), len(d.Beeps), len(differences))
	}
	slices.Sort(differences)
	return differences[len(differences)/2]
}
