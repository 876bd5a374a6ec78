// Package mediatest gives tests a node to meet on, files made by ffmpeg, and measures what is in files.
package mediatest
