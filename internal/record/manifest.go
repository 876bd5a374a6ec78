package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ManifestName is the name of the list of files in the folder of a recording.
const ManifestName = "recording.json"

const manifestVersion = 1

// Manifest lists the files of a recording. Times in it are milliseconds since Started.
type Manifest struct {
	Version int       `json:"version"`
	Room    string    `json:"room"`
	Started time.Time `json:"started"`
	// Ended is missing while the recording goes on, and for good if it was cut off.
	Ended *time.Time `json:"ended,omitempty"`
	Files []*Entry   `json:"files"`
	// Mixed is the name of the file with everybody in one picture, if one was made.
	Mixed string `json:"mixed,omitempty"`
}

// Entry describes one file.
type Entry struct {
	File string `json:"file"`
	// Identity is who is seen and heard, to the node; Name the display name; Session one of its stays in the room.
	Identity string `json:"identity"`
	Name     string `json:"name"`
	Session  string `json:"session"`
	// Kind is "camera" for camera and microphone, "screen" for a screen and its sound.
	Kind string `json:"kind"`
	// Part counts the files of one kind of one stay from 1.
	Part int `json:"part"`
	// Video and Audio are codecs. Video is empty for sound alone.
	Video string `json:"video,omitempty"`
	Audio string `json:"audio"`
	// Width and Height are those the video began with.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Start is when the file begins.
	Start int64 `json:"start_ms"`
	// Duration and Bytes are 0 in the entry of a file that was cut off.
	Duration int64 `json:"duration_ms"`
	Bytes    int64 `json:"bytes"`
	// Seen is when there was video, as pairs of begin and end.
	Seen [][2]int64 `json:"seen_ms,omitempty"`
	// Complete says that the file was closed properly.
	Complete bool `json:"complete"`
}

// store keeps the manifest, in memory and on disk. It may be used concurrently.
type store struct {
	folder string
	// mu guards all, and is held while the file is written, so that what is there last is the newest.
	mu  sync.Mutex
	all Manifest
}

// change changes the manifest and writes it down. What is on disk is always whole.
func (s *store) change(f func(*Manifest)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.all)
	text, err := json.MarshalIndent(&s.all, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(s.folder, ManifestName), append(text, '\n'))
}

// parts counts the files there are of one kind of one stay.
func (s *store) parts(of Entry) (count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.all.Files {
		if e.Session == of.Session && e.Kind == of.Kind {
			count++
		}
	}
	return count
}

// replaceFile gives a file, which only its user can read, another content. What is on disk is always whole.
func replaceFile(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".recording-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(content); err != nil {
		temporary.Close()
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// Vacant fails when a folder can't take a recording, for there is one in it. The folder itself need not be there.
func Vacant(folder string) error {
	_, err := os.Stat(filepath.Join(folder, ManifestName))
	switch {
	case err == nil:
		return fmt.Errorf("%s already holds a recording: choose another folder", folder)
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return err
}

// ReadManifest reads the list of files of a recording.
func ReadManifest(folder string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(folder, ManifestName))
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	return m, json.Unmarshal(text, m)
}
