package meetings

import (
	"context"
	"net/http"
	"time"

	"github.com/openconfab/confab/token"
)

// A Role is what somebody is in a meeting.
type Role string

// The roles. Hosts and co-hosts are let in at once and are in charge; only a host makes hosts.
const (
	Host   Role = "host"
	CoHost Role = "cohost"
	Member Role = "member"
)

// A JoinRequest says who is to be let in, and how.
type JoinRequest struct {
	// Identity says who it is, the same at every stay: 1 to 128 bytes. A meeting has it once; who comes later takes its place.
	Identity string
	// Name is what attendance lists and webhooks call it, at most 256 bytes. The node can read it, unlike the name that participants
	// show each other.
	Name string
	// Role is what it is in this meeting from now on, "": what it was.
	Role Role
	// Grants are what it may do, where that is less than the meeting's rules give; nil: what they give. Join and Admin have no
	// meaning here. Grants.Wait has it wait for a host, whatever the rules say.
	Grants *token.Grants
}

// A Ticket lets somebody in.
type Ticket struct {
	// Token is the join token. It is a secret: hand it to the page of who enters, and never put it into an address.
	Token string `json:"token"`
	// Expires is until when it lets in, minutes from now. It ends no stay; a page asks for another when it has to join anew.
	Expires  time.Time `json:"expires"`
	Identity string    `json:"identity"`
	Role     Role      `json:"role"`
	// Waits: by the meeting's rules, as they are now, it waits until a host lets it in.
	Waits bool `json:"waits"`
}

// Join returns a token that lets somebody into a meeting. It fails with NotFound, Invalid, Ended, Blocked and Locked.
func (c *Client) Join(ctx context.Context, id string, r JoinRequest) (Ticket, error) {
	body := struct {
		Identity string  `json:"identity"`
		Name     string  `json:"name,omitempty"`
		Role     Role    `json:"role,omitempty"`
		Grants   *grants `json:"grants,omitempty"`
	}{Identity: r.Identity, Name: r.Name, Role: r.Role}
	if r.Grants != nil {
		body.Grants = new(writeGrants(*r.Grants))
	}
	var t Ticket
	_, err := c.do(ctx, call{method: http.MethodPost, path: []string{collection, id, "join"}, body: body, answer: &t})
	return t, err
}
