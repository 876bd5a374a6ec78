package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openconfab/confab/e2ee"
)

// notesName is the name of the file from which a recording goes on whose recorder has died.
const notesName = ".resume.json"

const notesVersion = 1

// Notes are what a recorder needs to go on with a recording after it has died: the keys by which it opens what others send, and
// how their clocks are mapped. They are in the folder of the recording while it goes on, for its user only, and are removed when
// it ends. The zero value takes notes that are written down once a recording runs with it. Its methods may be called
// concurrently.
type Notes struct {
	// mu guards what follows; it is held while the file is written.
	mu     sync.Mutex
	folder string
	all    notes
}

// notes is what the file holds.
type notes struct {
	Version int `json:"version"`
	// Alive is when the recorder was last known to record.
	Alive time.Time `json:"alive"`
	// Stays are those whose media was received, by session.
	Stays map[string]noted `json:"stays"`
	Held  []e2ee.Held      `json:"held"`
}

// noted is a stay in the room.
type noted struct {
	Identity string `json:"identity"`
	Name     string `json:"name"`
	// Offset maps the media clock to the time of the recording; see clock.
	Offset time.Duration `json:"offset_ns"`
}

// Hold takes the keys that are held from now on; it is for [client.Config].
func (n *Notes) Hold(held []e2ee.Held) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all.Held = held
	// What can't be written now is once a second, with somebody to tell.
	_ = n.write()
}

// note tells how the clock of a stay is mapped. A stay that is new is written down at once: without it, nothing of it is recovered.
func (n *Notes) note(e Entry, offset time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all.Stays == nil {
		n.all.Stays = map[string]noted{}
	}
	_, known := n.all.Stays[e.Session]
	n.all.Stays[e.Session] = noted{Identity: e.Identity, Name: e.Name, Offset: offset}
	if known {
		return nil
	}
	return n.write()
}

// begin has the notes written down in the folder of a recording from now on.
func (n *Notes) begin(folder string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.folder = folder
}

// end has no more notes written down.
func (n *Notes) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.folder, n.all = "", notes{}
}

// tick tells that the recorder is alive.
func (n *Notes) tick() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.write()
}

// write is tick with mu held.
func (n *Notes) write() error {
	if n.folder == "" {
		return nil
	}
	n.all.Version, n.all.Alive = notesVersion, time.Now().UTC()
	text, err := json.Marshal(&n.all)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(n.folder, notesName), text)
}

// removeNotes removes what was written.
func removeNotes(folder string) error {
	if err := os.Remove(filepath.Join(folder, notesName)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readNotes reads what a recorder that has died has left.
func readNotes(folder string) (notes, error) {
	var n notes
	text, err := os.ReadFile(filepath.Join(folder, notesName))
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return n, err
	}
	if n.Version != notesVersion {
		return n, fmt.Errorf("%s is of version %d: this program knows %d", notesName, n.Version, notesVersion)
	}
	return n, nil
}
