// Package matroska reads and writes Matroska and WebM (RFC 9559): the streams that go between this program and ffmpeg, and
// the files of recordings. It knows the few elements that these need.
package matroska
