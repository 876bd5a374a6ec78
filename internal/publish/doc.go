// Package publish sends what ffmpeg can read into a room.
//
// One ffmpeg reads the inputs, keeps real time, and writes Matroska: Opus, and the video as it is stored, if that is fit to be
// sent (spec/decisions/0008), or else raw. Raw pictures go on to a second ffmpeg that encodes them, so that a keyframe can
// be had at once, nobody's watching costs nothing, and the codec can follow what the members of the room decode.
package publish
