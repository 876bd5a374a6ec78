package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

// nearEnd is how little of its time a token may have left before it is worth a word.
const nearEnd = 2 * time.Minute

// checkToken reads what the token says, and asks the node whether it accepts it.
func checkToken(ctx context.Context, p *patient) Finding {
	if p.config.Token == "" {
		if p.info.Open {
			return ok("guests need no token here")
		}
		if p.config.Mint != nil {
			return skipped("none was given; one that is made with the API key is tried by joining")
		}
		return failed("the node asks for a join token, and there is none",
			"Put the one that the application made into CONFAB_TOKEN or a --token-file, or make one with confab token.")
	}
	claims, err := token.Inspect(p.config.Token)
	if err != nil {
		return failed("this is no join token: "+err.Error(), "Copy all of it: three parts with points between them.")
	}
	if f := p.judgeClaims(claims); f.Status != OK {
		return f
	}
	if p.untrusted {
		return skipped("the token looks good, and is not shown to a node whose certificate is not")
	}
	if len(p.works) == 0 {
		return skipped("without a connection the node can't be asked whether it accepts the token")
	}
	if err := p.present(ctx); err != nil {
		return failed("the node does not accept the token: "+err.Error(),
			"Its key must be one of the node's (CONFAB_API_KEYS), with the same secret; see what is said of the clock, too.")
	}
	return ok(fmt.Sprintf("the node accepts the token, which is for the room %s and ends in %s", claims.Room, about(claims.Expires.Sub(p.nodeTime()))))
}

func (p *patient) judgeClaims(c token.Claims) Finding {
	left := c.Expires.Sub(p.nodeTime())
	const another = "Get a new one from the application, or from confab token."
	switch {
	case left <= -token.Leeway:
		f := failed("the token ended "+about(-left)+" ago", another)
		if c.Expires.After(p.config.now()) {
			f.Summary += " by the node's clock, and not by this machine's"
			f.Advice = "Set this machine's clock. If it is right, the node's is wrong."
		}
		return f
	case p.room != "" && c.Room != p.room:
		return failed("the token is for the room "+c.Room+", the link for "+p.room, another)
	case !c.Grants.Join:
		return failed("the token does not grant joining", another)
	case left < nearEnd:
		return warning("the token ends in "+about(max(left, 0)), another)
	}
	return ok("")
}

// nodeTime returns what the node's clock says now, or this machine's when that is not known.
func (p *patient) nodeTime() time.Time {
	if p.date.IsZero() {
		return p.config.now()
	}
	return p.date.Add(p.config.now().Sub(p.asked))
}

// present shows the token to the node in a Hello that can't join, because it has no announcement. The node looks at the token
// first, so an error about the announcement means that the token is good. Spec: wire.md §§1.5, 6.
func (p *patient) present(ctx context.Context) error {
	conn, _, err := p.connect(ctx, p.works[0])
	if err != nil {
		return err
	}
	defer hangUp(conn)
	defer context.AfterFunc(ctx, func() { conn.Close("") })()
	hello := &pb.Hello{Versions: []uint32{1}, Token: p.config.Token, UserAgent: userAgent}
	msg, err := wire.MarshalClient(&pb.ClientMessage{Kind: &pb.ClientMessage_Hello{Hello: hello}}, maxDocument)
	if err != nil {
		return err
	}
	if err := conn.WriteControl(msg); err != nil {
		return err
	}
	answer, err := conn.ReadControl()
	if err != nil {
		return err
	}
	m, err := wire.UnmarshalServer(answer, maxDocument)
	if err != nil {
		return err
	}
	switch refusal := m.GetError(); {
	case refusal == nil:
		return errors.New("it answers a Hello without an announcement, which is against the protocol")
	case refusal.GetCode() != wire.CodeRoomInvalid:
		return wire.ErrorFromProto(refusal)
	}
	return nil
}

// userAgent names this program in the node's log.
const userAgent = "confab doctor"
