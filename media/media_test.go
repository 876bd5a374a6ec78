package media

import "testing"

func TestSourceNamesRoundTrip(t *testing.T) {
	for s := Source(0); s < Sources; s++ {
		got, err := ParseSource(s.String())
		if err != nil || got != s {
			t.Errorf("ParseSource(%q) = %v, %v", s, got, err)
		}
	}
	if _, err := ParseSource("camera "); err == nil {
		t.Error("a name with a space was accepted")
	}
	if Source(Sources).Valid() || Source(Sources).String() != "source(5)" {
		t.Error("a source out of range passes for a valid one")
	}
}

func TestCodecNamesRoundTrip(t *testing.T) {
	for c := Opus; c <= AV1; c++ {
		got, err := ParseCodec(c.String())
		if err != nil || got != c {
			t.Errorf("ParseCodec(%q) = %v, %v", c, got, err)
		}
	}
	for _, name := range []string{"", "VP8", "hevc"} {
		if _, err := ParseCodec(name); err == nil {
			t.Errorf("ParseCodec(%q) succeeded", name)
		}
	}
	if Codec(0).Valid() || (AV1 + 1).Valid() {
		t.Error("a codec out of range passes for a valid one")
	}
}

func TestKinds(t *testing.T) {
	for s, want := range map[Source]Kind{Microphone: Audio, ScreenAudio: Audio, Camera: Video, Screen: Video, Data: Other} {
		if got := s.Kind(); got != want {
			t.Errorf("%v.Kind() = %v, want %v", s, got, want)
		}
	}
	if Opus.Kind() != Audio || AV1.Kind() != Video {
		t.Error("codec kinds are mixed up")
	}
}
