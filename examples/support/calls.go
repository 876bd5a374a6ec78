package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/token"
)

// mostInCall is customer and agent, a colleague who takes over, and each of them once more while a page is reloaded.
const mostInCall = 6

// calls are the meetings on the node that this program makes, one for each call.
type calls struct {
	node   *url.URL
	client *meetings.Client
}

// newCalls takes the address of a node and one of its API keys, as id:secret.
func newCalls(node *url.URL, key string) (*calls, error) {
	id, secret, _ := strings.Cut(key, ":")
	k := token.Key{ID: id, Secret: secret}
	if err := k.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", keyVariable, err)
	}
	return &calls{node: node, client: &meetings.Client{Node: node.String(), Key: k}}, nil
}

// open makes the meeting of a call. It has no title, for the node can read titles.
func (c *calls) open(ctx context.Context, id string) error {
	most := mostInCall
	_, err := c.client.Create(ctx, meetings.Plan{ID: id, IdempotencyKey: id, Settings: meetings.SettingsChange{MaxParticipants: &most}})
	return err
}

// admit returns a join token.
func (c *calls) admit(ctx context.Context, id, identity string) (string, error) {
	t, err := c.client.Join(ctx, id, meetings.JoinRequest{Identity: identity})
	return t.Token, err
}

// remove has somebody leave a call and makes its tokens worthless. Somebody who is not there is no error.
func (c *calls) remove(ctx context.Context, id, identity string) error {
	present, err := c.client.Participants(ctx, id)
	if err != nil {
		return ignoreOver(err)
	}
	for _, p := range present {
		if p.Identity == identity {
			err = errors.Join(err, ignoreOver(c.client.Remove(ctx, id, p.Session, meetings.Refusal{})))
		}
	}
	return err
}

// end ends a call for all.
func (c *calls) end(ctx context.Context, id string) error { return ignoreOver(c.client.End(ctx, id)) }

// ignoreOver returns nil for what is over already.
func ignoreOver(err error) error {
	if errors.Is(err, meetings.Ended) || errors.Is(err, meetings.NotFound) {
		return nil
	}
	return err
}

// link is the address of a call for the client library; its secret is handed over beside it.
func (c *calls) link(id string) string { return c.node.JoinPath("m", id).String() }
