package token

import (
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// payload is the JSON of a token.
type payload struct {
	jwt.RegisteredClaims
	Name   string `json:"name,omitempty"`
	Room   string `json:"room"`
	Grants Grants `json:"grants"`
}

func (p *payload) claims() Claims {
	c := Claims{
		KeyID:    p.Issuer,
		ID:       p.ID,
		Identity: p.Subject,
		Name:     p.Name,
		Room:     p.Room,
		Expires:  p.ExpiresAt.Time,
		Grants:   p.Grants,
	}
	if p.IssuedAt != nil {
		c.Issued = p.IssuedAt.Time
	}
	return c
}

// Sign returns a token that says c. The error wraps ErrKey, ErrClaims or ErrTooLarge.
func (k Key) Sign(c Claims) (string, error) {
	if err := k.Validate(); err != nil {
		return "", err
	}
	if err := c.validate(); err != nil {
		return "", err
	}
	if c.Expires.IsZero() {
		return "", fmt.Errorf("%w: Expires must be set", ErrClaims)
	}
	p := payload{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    k.ID,
			Subject:   c.Identity,
			ID:        c.ID,
			ExpiresAt: jwt.NewNumericDate(c.Expires),
		},
		Name:   c.Name,
		Room:   c.Room,
		Grants: c.Grants,
	}
	if !c.Issued.IsZero() {
		p.IssuedAt = jwt.NewNumericDate(c.Issued)
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, p).SignedString([]byte(k.Secret))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrClaims, err)
	}
	if len(signed) > MaxLength {
		return "", fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(signed), MaxLength)
	}
	return signed, nil
}
