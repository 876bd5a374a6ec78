package iggy_test

import (
	"bytes"
	"testing"

	"github.com/openconfab/confab/internal/backbone/iggy/iggytest"
	"github.com/openconfab/confab/internal/backbone/taptest"
	"github.com/openconfab/confab/server"
)

// TestNothingReadableIsKept: whoever reads all that the server holds sees no name, no message, no picture or sound, no key and no token.
func TestNothingReadableIsKept(t *testing.T) {
	stream := iggytest.Stream(t)
	var all []byte
	taptest.Run(t, server.Cluster{Iggy: stream}, func() []byte {
		all = iggytest.All(t, stream)
		return all
	})
	for _, log := range []string{".sound\x00", ".video\x00", ".control\x00", ".rooms.", ".medias."} {
		if !bytes.Contains(all, []byte(log)) {
			t.Errorf("the server holds nothing in a log named *%q*", log)
		}
	}
}
