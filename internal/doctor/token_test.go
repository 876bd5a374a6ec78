package doctor

import (
	"context"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/servertest"
	"github.com/openconfab/confab/server"
	"github.com/openconfab/confab/token"
)

// sign returns a token of ann's for room-1, with a change.
func sign(t *testing.T, change func(*token.Claims)) string {
	t.Helper()
	c := token.Claims{
		Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Hour),
		Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true},
	}
	if change != nil {
		change(&c)
	}
	signed, err := key.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestTokens(t *testing.T) {
	node := servertest.Start(t, server.Config{Keys: []token.Key{key}}).URL()
	other := token.Key{ID: "a", Secret: key.Secret + "x"}
	forged, err := other.Sign(token.Claims{Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Hour), Grants: token.Grants{Join: true}})
	if err != nil {
		t.Fatal(err)
	}
	behind := func() time.Time { return time.Now().Add(-3 * time.Hour) }
	ended := func(c *token.Claims) { c.Expires = time.Now().Add(-time.Hour) }
	for name, tt := range map[string]struct {
		token  string
		now    func() time.Time
		status Status
		says   string
	}{
		"none":        {"", nil, Failed, "confab token"},
		"good":        {sign(t, nil), nil, OK, "accepts the token"},
		"garbage":     {"ey.no.token", nil, Failed, "three parts"},
		"forged":      {forged, nil, Failed, "secret of the key"},
		"ended":       {sign(t, ended), nil, Failed, "ended 60 minutes ago"},
		"wrong clock": {sign(t, ended), behind, Failed, "Set this machine's clock"},
		"ends soon":   {sign(t, func(c *token.Claims) { c.Expires = time.Now().Add(time.Minute) }), nil, Warning, "ends in"},
		"other room":  {sign(t, func(c *token.Claims) { c.Room = "room-2" }), nil, Failed, "room-2"},
		"no join":     {sign(t, func(c *token.Claims) { c.Grants.Join = false }), nil, Failed, "grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings, r := examine(t, Config{Link: node + "/m/room-1", Token: tt.token, now: tt.now})
			want(t, findings, "token", tt.status, tt.says)
			want(t, findings, "join", Skipped, "see somebody come")
			wantRoundTrip(t, findings, "a request is answered")
			if r.Healthy != (tt.status != Failed) {
				t.Errorf("healthy: %v", r.Healthy)
			}
		})
	}
}

// TestNobodyNotices: showing a token to the node neither puts out who it belongs to nor tells the others of anything.
func TestNobodyNotices(t *testing.T) {
	node := servertest.Start(t, server.Config{Keys: []token.Key{key}}).URL()
	join := func(identity string) *client.Room {
		room, err := client.Join(t.Context(), node, client.Config{
			Room: "room-1", Keys: client.InsecureNone(),
			Token: func(context.Context) (string, error) {
				return sign(t, func(c *token.Claims) { c.Identity = identity }), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { room.Close() })
		return room
	}
	ann, bob := join("ann"), join("bob")
	session := ann.Local().Session()
	findings, _ := examine(t, Config{Link: node + "/m/room-1", Token: sign(t, nil)})
	want(t, findings, "token", OK, "accepts")

	// Whoever comes now is the first that bob hears of.
	cid := join("cid")
	for event, err := range bob.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if joined, ok := event.(client.ParticipantJoined); ok && joined.Participant.Identity() != "ann" {
			if got := joined.Participant.Session(); got != cid.Local().Session() {
				t.Errorf("bob was told of %s", joined.Participant.Identity())
			}
			break
		}
		if left, ok := event.(client.ParticipantLeft); ok {
			t.Errorf("%s left", left.Participant.Identity())
		}
	}
	if ann.Err() != nil || ann.Local().Session() != session {
		t.Errorf("ann was put out: %v", ann.Err())
	}
}

// TestJoiningWithAKey: with an API key a made-up room is joined on a node that asks for tokens, too.
func TestJoiningWithAKey(t *testing.T) {
	t.Parallel()
	node := servertest.Start(t, server.Config{Keys: []token.Key{key}}).URL()
	mint := func(with token.Key) func(room, identity string) (string, error) {
		return func(room, identity string) (string, error) {
			return with.Sign(token.Claims{
				Room: room, Identity: identity, Expires: time.Now().Add(time.Minute),
				Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true},
			})
		}
	}
	findings, r := examine(t, Config{Link: node, Mint: mint(key)})
	want(t, findings, "token", Skipped, "API key")
	want(t, findings, "join", OK, "heard")
	if !r.Healthy {
		t.Error("not healthy, for want of a token that the API key makes up for")
	}
	findings, _ = examine(t, Config{Link: node, Token: sign(t, nil), Mint: mint(token.Key{ID: "b", Secret: key.Secret})})
	want(t, findings, "join", Failed, "not one of the node's")
}
