package client

import (
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

var toWire = map[media.Source]pb.Source{
	media.Microphone:  pb.Source_SOURCE_MICROPHONE,
	media.Camera:      pb.Source_SOURCE_CAMERA,
	media.Screen:      pb.Source_SOURCE_SCREEN,
	media.ScreenAudio: pb.Source_SOURCE_SCREEN_AUDIO,
}

// fromWire is the inverse of toWire; ok is false for sources of a later version.
func fromWire(s pb.Source) (source media.Source, ok bool) {
	for source, wired := range toWire {
		if wired == s {
			return source, true
		}
	}
	return 0, false
}
