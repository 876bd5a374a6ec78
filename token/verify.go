package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Verify checks a token at the time now against the keys that lookup finds by id, and returns what it says. It does
// not judge the grants: a token without the join grant verifies too. The error wraps one of the package's sentinels
// and never holds the token.
func Verify(signed string, lookup func(id string) (Key, bool), now time.Time) (Claims, error) {
	if len(signed) > MaxLength {
		return Claims{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(signed), MaxLength)
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(Leeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	var p payload
	_, err := parser.ParseWithClaims(signed, &p, func(t *jwt.Token) (any, error) {
		// An extension that must be understood to verify (RFC 7515 §4.1.11); none is.
		if _, ok := t.Header["crit"]; ok {
			return nil, fmt.Errorf("%w: critical header", ErrMalformed)
		}
		key, ok := lookup(p.Issuer)
		if !ok {
			return nil, ErrUnknownKey
		}
		if err := key.Validate(); err != nil {
			return nil, err
		}
		return []byte(key.Secret), nil
	})
	if err != nil {
		return Claims{}, sentinel(err)
	}
	c := p.claims()
	if err := c.validate(); err != nil {
		return Claims{}, err
	}
	return c, nil
}

// sentinel names what is wrong without the library's text, which can quote the token.
func sentinel(err error) error {
	for _, own := range []error{ErrUnknownKey, ErrKey, ErrMalformed} {
		if errors.Is(err, own) {
			return own
		}
	}
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return ErrSignature
	case errors.Is(err, jwt.ErrTokenExpired):
		return ErrExpired
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return ErrNotYetValid
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return fmt.Errorf("%w: exp is required", ErrClaims)
	case errors.Is(err, jwt.ErrTokenInvalidClaims):
		return ErrClaims
	default:
		return ErrMalformed
	}
}

// Inspect returns what a token says without checking that it is true: neither its signature nor its time. It is for telling
// people what is in a token, never for admitting anybody. The error wraps ErrTooLarge, ErrMalformed or ErrClaims and never
// holds the token.
func Inspect(signed string) (Claims, error) {
	if len(signed) > MaxLength {
		return Claims{}, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, len(signed), MaxLength)
	}
	var p payload
	if _, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(signed, &p); err != nil {
		return Claims{}, ErrMalformed
	}
	if p.ExpiresAt == nil {
		return Claims{}, fmt.Errorf("%w: exp is required", ErrClaims)
	}
	c := p.claims()
	return c, c.validate()
}
