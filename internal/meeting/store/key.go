package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

// Key implements meeting.Store.
func (s *Store) Key(ctx context.Context) (token.Key, error) {
	key := token.Key{ID: meeting.KeyID}
	fresh := make([]byte, token.MinSecretLength)
	rand.Read(fresh)
	err := s.transact(ctx, func(t tx) error {
		_, err := exec(ctx, t.q, `INSERT INTO signing_keys (id, secret) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
			key.ID, hex.EncodeToString(fresh))
		if err != nil {
			return err
		}
		return t.q.QueryRowContext(ctx, `SELECT secret FROM signing_keys WHERE id = $1`, key.ID).Scan(&key.Secret)
	})
	return key, err
}
