package meeting

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// RevokeToken makes one join token of a meeting void on all nodes, by its id (jti), whether it is known here or was signed by the
// application. It ends no stay: Remove does. For owners and hosts.
func (s *Service) RevokeToken(ctx context.Context, by Caller, id, jti string) error {
	if jti == "" || len(jti) > token.MaxIdentityLength || !token.Printable(jti) {
		return errorf(CodeInvalid, "a token's id is 1 to %d bytes of UTF-8 without control characters", token.MaxIdentityLength)
	}
	return s.write(ctx, func(tx Tx, now time.Time) error {
		if _, err := s.require(ctx, tx, by, id, owner); err != nil {
			return err
		}
		fresh, err := tx.RevokeToken(ctx, id, jti, now)
		if err != nil || !fresh {
			return err
		}
		return tx.Log(ctx, Entry{ID: newID(), At: now, Meeting: id, By: by.By(), Action: "revoke-token", Detail: jti})
	})
}
