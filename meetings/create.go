package meetings

import (
	"context"
	"net/http"
	"time"
)

// A Plan is what a meeting is made of. The zero value is good for a meeting at any time.
type Plan struct {
	// ID is 1 to 64 characters of A–Z a–z 0–9 . _ -, "": the node makes one that nobody guesses.
	ID string `json:"id,omitempty"`
	// Title is what it is about, at most 200 characters. The node can read it: leave out what is confidential.
	Title string `json:"title,omitempty"`
	// Starts and Ends are when it is planned to. People can enter before, and it goes on until somebody ends it.
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	// TimeZone is where it is planned, by its IANA name, such as Europe/Berlin.
	TimeZone string `json:"timeZone,omitempty"`
	// Settings are rules that differ from the usual ones.
	Settings SettingsChange `json:"settings,omitzero"`
	// IdempotencyKey is any text of up to 128 characters, "": none. The same plan with the same key, within a day, gives the same
	// meeting, so that Create can be tried again when it is not known whether it was done.
	IdempotencyKey string `json:"-"`
}

// Create makes a meeting, which the client's API key owns. It fails with Taken, Invalid, IdempotencyConflict and MeetingLimit.
func (c *Client) Create(ctx context.Context, p Plan) (Meeting, error) {
	var m Meeting
	one := call{method: http.MethodPost, path: []string{collection}, body: p, answer: &m}
	if p.IdempotencyKey != "" {
		one.header = http.Header{"Idempotency-Key": {p.IdempotencyKey}}
	}
	h, err := c.do(ctx, one)
	return versioned(m, h, err)
}
