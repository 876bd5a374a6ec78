package meetings

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// A Participant is one stay of somebody in a meeting, or in its waiting room.
type Participant struct {
	// Session names the stay. Who comes again has another.
	Session string
	// Identity says who it is, the same at every stay.
	Identity string
	// Grants are what it may do.
	Grants token.Grants
	// Tracks are what it publishes.
	Tracks []token.Source
	// Joined is since when it is there, or waits.
	Joined time.Time
	// Hand is since when its hand is raised; zero: it is not.
	Hand time.Time
}

// Participants returns who is in a meeting, on all nodes, and not those who wait.
func (c *Client) Participants(ctx context.Context, id string) ([]Participant, error) {
	return c.present(ctx, id, false)
}

// Waiting returns who waits to be let into a meeting, on all nodes.
func (c *Client) Waiting(ctx context.Context, id string) ([]Participant, error) {
	return c.present(ctx, id, true)
}

func (c *Client) present(ctx context.Context, id string, waiting bool) ([]Participant, error) {
	var list struct {
		Participants []struct {
			Session  string
			Identity string
			Waiting  bool
			Grants   grants
			Tracks   []token.Source
			Joined   time.Time
			Hand     time.Time
		}
	}
	if _, err := c.get(ctx, &list, collection, id, "participants"); err != nil {
		return nil, err
	}
	var present []Participant
	for _, p := range list.Participants {
		if p.Waiting == waiting {
			present = append(present, Participant{
				Session: p.Session, Identity: p.Identity, Grants: p.Grants.read(), Tracks: p.Tracks, Joined: p.Joined, Hand: p.Hand,
			})
		}
	}
	return present, nil
}
