// Package media holds the value types that describe captured media: where it comes from, how it is encoded, and
// one encoded frame. It does nothing with them.
package media
