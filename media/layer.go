package media

// MaxLayers is the largest number of layers of one track.
const MaxLayers = 8

// Layer is one encoding of a track, such as the half-size picture of a camera. Layers of a track are listed from
// the smallest to the largest; an audio track has one, with only an ID.
type Layer struct {
	// ID is unique in the track and below MaxLayers.
	ID uint8
	// Width and Height are in pixels.
	Width, Height int
	// MaxFPS is in frames per second, MaxBitrate in bits per second. Zero: not stated.
	MaxFPS, MaxBitrate int
}
