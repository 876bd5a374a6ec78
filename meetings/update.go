package meetings

import (
	"context"
	"net/http"
	"time"
)

// A Change says what of a meeting is to be different; what is zero stays.
type Change struct {
	Title    *string   `json:"title,omitempty"`
	Starts   time.Time `json:"starts,omitzero"`
	Ends     time.Time `json:"ends,omitzero"`
	TimeZone string    `json:"timeZone,omitempty"`
	// Anytime takes start, end and time zone away.
	Anytime bool `json:"anytime,omitempty"`
	// Settings: the waiting room and the lock take effect at once, in the call that goes on, the others for who enters from then on.
	Settings SettingsChange `json:"settings,omitzero"`
	// Version is that of the Meeting that was read: if it has changed since, nothing is done. "" changes it in any case.
	Version string `json:"-"`
}

// Update changes a meeting and returns it. It fails with NotFound, Invalid, Ended and VersionConflict.
func (c *Client) Update(ctx context.Context, id string, change Change) (Meeting, error) {
	var m Meeting
	one := call{method: http.MethodPatch, path: []string{collection, id}, body: change, answer: &m}
	if change.Version != "" {
		one.header = http.Header{"If-Match": {change.Version}}
	}
	h, err := c.do(ctx, one)
	return versioned(m, h, err)
}
