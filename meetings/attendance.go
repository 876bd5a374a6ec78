package meetings

import (
	"context"
	"iter"
	"time"
)

// A Stay is one stay of somebody in a meeting, that goes on or is over.
type Stay struct {
	Session  string
	Identity string
	// Name is that of the JoinRequest.
	Name   string
	Joined time.Time
	// Left is zero while it is there.
	Left time.Time
	// Reason is why it left, such as left, lost, replaced, removed or ended.
	Reason string
}

// Attendance goes through who was in a meeting and when, the newest first. After an error nothing more comes.
func (c *Client) Attendance(ctx context.Context, id string) iter.Seq2[Stay, error] {
	return pages(ctx, c, func(p *struct {
		Attendance []Stay
		Next       string
	}) ([]Stay, string) {
		return p.Attendance, p.Next
	}, collection, id, "attendance")
}
