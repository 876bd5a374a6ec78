// Package ffmpeg finds and runs ffmpeg, as a child process whose streams and end have one owner.
package ffmpeg
