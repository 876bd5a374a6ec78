package mediatest

import (
	"testing"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
)

// Meeting starts a node until the test ends, and returns the invitation link of a room on it.
func Meeting(t testing.TB) string {
	t.Helper()
	return MeetingOn(t, server.Config{})
}

// MeetingOn is Meeting for a node that is configured otherwise.
func MeetingOn(t testing.TB, c server.Config) string {
	t.Helper()
	link, err := e2ee.FormatLink(servertest.Start(t, c).URL(), "studio", e2ee.Invitation{Secret: e2ee.NewSecret()})
	if err != nil {
		t.Fatal(err)
	}
	return link
}
