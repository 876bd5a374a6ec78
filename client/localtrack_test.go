package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

func picture(keyframe bool) media.Frame {
	return media.Frame{Codec: media.VP8, Keyframe: keyframe, Payload: []byte("picture")}
}

// TestLayers: of a track with two layers only what is watched is sent, and a layer begins with a keyframe, which is asked for.
func TestLayers(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		camera := publish(t, ann.Room, TrackOptions{Source: media.Camera, Layers: []media.Layer{
			{ID: 3, Width: 320, Height: 180, MaxFPS: 30, MaxBitrate: 200_000}, {ID: 1, Width: 1280, Height: 720},
		}})
		remote := track(t, bob.Room, media.Camera)
		if layers := remote.Layers(); len(layers) != 2 || layers[0] != camera.Layers()[0] || layers[1].Height != 720 {
			t.Errorf("layers %+v", layers)
		}
		time.Sleep(3 * time.Second)
		if wanted := <-camera.LayersWanted(); len(wanted) != 0 || camera.Wanted(1) || camera.Wanted(3) {
			t.Errorf("with nobody watching %v are wanted", wanted)
		}

		s, err := remote.Subscribe(t.Context(), SubscribeOptions{MaxHeight: 360})
		if err != nil {
			t.Fatal(err)
		}
		if wanted := <-camera.LayersWanted(); !slices.Equal(wanted, []uint8{3}) || !camera.Wanted(3) || camera.Wanted(1) {
			t.Errorf("a small picture wants %v", wanted)
		}
		if layer := <-camera.KeyframeRequests(); layer != 3 {
			t.Errorf("a keyframe of layer %d is asked for", layer)
		}
		frames := read(t, s)
		for n, keyframe := range []bool{false, true, false} {
			for _, layer := range []uint8{1, 3} {
				f := picture(keyframe)
				f.Timestamp, f.Width, f.Height = time.Duration(n)*time.Millisecond, 320*int(layer), 180
				f.Discardable, f.TemporalID = n == 2, uint8(n)
				if err := camera.WriteFrame(layer, f); err != nil {
					t.Fatal(err)
				}
			}
		}
		for n := 1; n <= 2; n++ {
			f := frames.frame(t)
			if f.Timestamp != time.Duration(n)*time.Millisecond || f.Width != 960 || f.Keyframe != (n == 1) ||
				f.Discardable != (n == 2) || f.TemporalID != uint8(n) {
				t.Errorf("frame %d: %+v", n, f)
			}
		}
		if stats := camera.Stats(); stats.Frames != 2 || stats.Keyframes != 1 || stats.Dropped != 1 || stats.Unwanted != 3 {
			t.Errorf("stats %+v", stats)
		}

		if err := s.Update(SubscribeOptions{}); err != nil {
			t.Error(err)
		}
		for {
			if layer := <-camera.KeyframeRequests(); layer == 1 {
				break
			}
		}
		if err := camera.WriteFrame(1, picture(true)); err != nil {
			t.Error(err)
		}
		if f := frames.frame(t); !f.Keyframe || f.Width != 0 {
			t.Errorf("of the large layer came %+v", f)
		}

		if err := s.RequestKeyframe(); err != nil {
			t.Error(err)
		}
		<-camera.KeyframeRequests()
		s.Close()
		for {
			if wanted := <-camera.LayersWanted(); len(wanted) == 0 {
				break
			}
		}
	})
}

func TestMuting(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		microphone := publish(t, ann.Room, TrackOptions{Source: media.Microphone, Muted: true})
		remote := track(t, bob.Room, media.Microphone)
		if !remote.Muted() || !microphone.Muted() {
			t.Error("it is not muted at first")
		}
		sounds := read(t, subscribe(t, remote))
		if err := microphone.WriteFrame(0, sound(0)); err != nil {
			t.Error(err)
		}
		if err := microphone.SetMuted(false); err != nil {
			t.Error(err)
		}
		await(t, bob.Room, func(e TrackUpdated) bool { return !e.Track.Muted() })
		if err := microphone.WriteFrame(0, sound(1)); err != nil {
			t.Error(err)
		}
		if f := sounds.frame(t); string(f.Payload) != "sound 1" || f.Codec != media.Opus || !f.Keyframe {
			t.Errorf("heard %+v", f)
		}
	})
}

func TestPublishingIsChecked(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann := w.join("ann", kind, nil)
		camera := publish(t, ann.Room, TrackOptions{Source: media.Camera})
		for name, o := range map[string]TrackOptions{
			"data":                {Source: media.Data},
			"no source":           {Source: 99},
			"sound in two layers": {Source: media.Microphone, Layers: []media.Layer{{}, {ID: 1}}},
			"sound in layer 1":    {Source: media.Microphone, Layers: []media.Layer{{ID: 1}}},
			"nine layers":         {Source: media.Screen, Layers: make([]media.Layer, 9)},
			"layer 8":             {Source: media.Screen, Layers: []media.Layer{{ID: 8}}},
			"an id twice":         {Source: media.Screen, Layers: []media.Layer{{ID: 1}, {ID: 1}}},
			"out of order":        {Source: media.Screen, Layers: []media.Layer{{Height: 2}, {ID: 1, Height: 1}}},
			"negative":            {Source: media.Screen, Layers: []media.Layer{{MaxFPS: -1}}},
		} {
			if _, err := ann.Local().PublishTrack(t.Context(), o); !errors.Is(err, &Error{Code: CodeConfigInvalid}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := ann.Local().PublishTrack(t.Context(), TrackOptions{Source: media.Camera}); !errors.Is(err, &Error{Code: wire.CodeTrackInvalid}) {
			t.Errorf("a second camera: %v", err)
		}

		change := func(change func(*media.Frame)) media.Frame {
			f := picture(true)
			change(&f)
			return f
		}
		for name, test := range map[string]struct {
			layer uint8
			frame media.Frame
			code  string
		}{
			"no such layer":  {1, picture(true), CodeConfigInvalid},
			"sound":          {0, sound(0), CodeConfigInvalid},
			"no codec":       {0, change(func(f *media.Frame) { f.Codec = 0 }), CodeConfigInvalid},
			"no payload":     {0, change(func(f *media.Frame) { f.Payload = nil }), CodeConfigInvalid},
			"temporal layer": {0, change(func(f *media.Frame) { f.TemporalID = 4 }), CodeConfigInvalid},
			"rotation":       {0, change(func(f *media.Frame) { f.Rotation = 45 }), CodeConfigInvalid},
			"too large":      {0, change(func(f *media.Frame) { f.Payload = make([]byte, 4<<20) }), wire.CodeObjectTooLarge},
		} {
			if err := camera.WriteFrame(test.layer, test.frame); !errors.Is(err, &Error{Code: test.code}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := camera.Close(); err != nil {
			t.Error(err)
		}
		if err := camera.WriteFrame(0, picture(true)); err != ErrClosed {
			t.Errorf("after Close: %v", err)
		}
		// The source is free again.
		publish(t, ann.Room, TrackOptions{Source: media.Camera})
	})
}

// TestTracksComeAndGo: one that is closed ends what the others receive of it, after its last frame, and its successor is another.
func TestTracksComeAndGo(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		for range 3 {
			camera := publish(t, ann.Room, TrackOptions{Source: media.Camera})
			remote := track(t, bob.Room, media.Camera)
			s := subscribe(t, remote)
			frames := read(t, s)
			<-camera.KeyframeRequests()
			if err := camera.WriteFrame(0, picture(true)); err != nil {
				t.Error(err)
			}
			frames.frame(t)
			if _, err := remote.Subscribe(t.Context(), SubscribeOptions{}); err == nil {
				t.Error("subscribed twice")
			}
			camera.Close()
			if _, err, ok := frames.next(); !ok || !errors.Is(err, &Error{Code: wire.CodeTrackUnknown}) {
				t.Errorf("frames end with %v, %v", err, ok)
			}
			if err := s.RequestKeyframe(); !errors.Is(err, &Error{Code: wire.CodeTrackUnknown}) {
				t.Errorf("a keyframe of it: %v", err)
			}
			if _, err := remote.Subscribe(t.Context(), SubscribeOptions{}); !errors.Is(err, &Error{Code: wire.CodeTrackUnknown}) {
				t.Errorf("subscribing to it: %v", err)
			}
		}
	})
}
