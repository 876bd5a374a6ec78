package publish

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/internal/mediatest"
	"github.com/openconfab/confab/media"
)

// TestEncoderThatDiesIsReplaced: as often as it may be, as long as each has made something.
func TestEncoderThatDiesIsReplaced(t *testing.T) {
	t.Parallel()
	room := join(t, mediatest.Meeting(t), "publisher")
	track, err := room.Local().PublishTrack(t.Context(), client.TrackOptions{Source: media.Camera})
	if err != nil {
		t.Fatal(err)
	}
	p := &publisher{
		room: room, tools: mediatest.Tools(t), log: slog.New(slog.DiscardHandler),
		config: Config{Inputs: []string{"lavfi:testsrc2=size=160x90:rate=30:duration=0.1"}, Codec: media.VP8, FPS: 30},
	}
	p.video = newOutlet(track, p.log)
	defer p.close()
	if p.plan, err = makePlan(t.Context(), p.tools, &p.config, nil); err != nil {
		t.Fatal(err)
	}
	source, err := openSource(t.Context(), p.tools, p.plan, &p.config)
	if err != nil {
		t.Fatal(err)
	}
	var picture matroska.Block
	if err := source.read(func(b matroska.Block) { picture = b }); err != nil {
		t.Fatal(err)
	}
	v := &encoding{p: p, raw: source.stream.Tracks()[source.video], bits: 200_000}
	v.raw.Rate = 30
	// How the last one ends does not matter.
	defer func() { _ = v.stop() }()
	written := func() uint64 { s := track.Stats(); return s.Frames + s.Dropped + s.Unwanted }
	var current *encoder
	var before uint64
	dead := false
	for deaths := 0; deaths <= maxFailures; {
		if err := v.encode(t.Context(), picture); err != nil {
			t.Fatalf("after %d deaths: %v", deaths, err)
		}
		picture.Timestamp += time.Second / 30
		switch {
		case v.encoder != current:
			current, before, dead = v.encoder, written(), false
		case current != nil && !dead && written() > before:
			dead = true
			deaths++
			kill(t, current.process.PID())
		}
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
}
