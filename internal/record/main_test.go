package record

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/ffmpeg"
	"github.com/openconfab/confab/internal/matroska"
)

// With these variables the test binary is a recorder, to be killed.
const (
	linkVariable   = "CONFAB_TEST_RECORD_LINK"
	folderVariable = "CONFAB_TEST_RECORD_FOLDER"
	// With this one it takes notes.
	notesVariable = "CONFAB_TEST_RECORD_NOTES"
)

func TestMain(m *testing.M) {
	if link := os.Getenv(linkVariable); link != "" {
		fmt.Println(recordHere(link, os.Getenv(folderVariable)))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// recordHere records until the process ends, and prints a line for every progress.
func recordHere(link, folder string) error {
	ctx := context.Background()
	tools, err := ffmpeg.Find()
	if err != nil {
		return err
	}
	as, c := client.Config{Name: "recorder", Roles: e2ee.Recorder}, Config{
		Folder: folder, Format: WebM, Progress: func(p Progress) { fmt.Println(p.Bytes) },
	}
	if os.Getenv(notesVariable) != "" {
		c.Notes = &Notes{}
		as.Keep = c.Notes.Hold
	}
	room, err := client.Join(ctx, link, as)
	if err != nil {
		return err
	}
	return Run(ctx, room, tools, c)
}

// readFile returns the frames of a file with video and sound, or sound alone.
func readFile(t *testing.T, path string) (video, sound []matroska.Block) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := matroska.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Blocks(func(b matroska.Block) {
		if r.Tracks()[b.Track].Codec == matroska.Opus {
			sound = append(sound, b)
		} else {
			video = append(video, b)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return video, sound
}
