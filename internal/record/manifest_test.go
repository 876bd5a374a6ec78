package record

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestNewestManifestIsOnDisk: after changes at the same time, it has all of them.
func TestNewestManifestIsOnDisk(t *testing.T) {
	s := &store{folder: t.TempDir()}
	for round := range 10 {
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				if err := s.change(func(m *Manifest) { m.Files = append(m.Files, &Entry{File: fmt.Sprint(round, i)}) }); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		m, err := ReadManifest(s.folder)
		if err != nil || len(m.Files) != 8*(round+1) {
			t.Fatalf("%d of %d files are listed, %v", len(m.Files), 8*(round+1), err)
		}
	}
}

// TestVacant: a folder that holds a recording takes no other, nor does a file.
func TestVacant(t *testing.T) {
	folder := t.TempDir()
	if err := Vacant(filepath.Join(folder, "new")); err != nil {
		t.Error(err)
	}
	if err := (&store{folder: folder}).change(func(*Manifest) {}); err != nil {
		t.Fatal(err)
	}
	if err := Vacant(folder); err == nil || !strings.Contains(err.Error(), "another folder") {
		t.Error(err)
	}
	if err := Vacant(filepath.Join(folder, ManifestName)); err == nil || strings.Contains(err.Error(), "another folder") {
		t.Error(err)
	}
}
