package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/token"
)

var (
	now    = time.Unix(1_800_000_000, 0)
	key    = token.Key{ID: "clinic", Secret: strings.Repeat("s3cret-", 6)}
	lookup = func(id string) (token.Key, bool) { return key, id == key.ID }
)

func claims() token.Claims {
	return token.Claims{
		Identity: "dr-müller",
		Name:     "Dr. Müller",
		Room:     "room-1",
		ID:       "t-1",
		Issued:   now,
		Expires:  now.Add(time.Hour),
		Grants: token.Grants{
			Join: true, Publish: []token.Source{token.Camera, token.Microphone}, Subscribe: true, Data: true,
		},
	}
}

func TestSignedTokenVerifies(t *testing.T) {
	signed, err := key.Sign(claims())
	if err != nil {
		t.Fatal(err)
	}
	got, err := token.Verify(signed, lookup, now)
	if err != nil {
		t.Fatal(err)
	}
	want := claims()
	want.KeyID = key.ID
	if !got.Expires.Equal(want.Expires) {
		t.Errorf("expires %v, want %v", got.Expires, want.Expires)
	}
	if !got.Issued.Equal(want.Issued) {
		t.Errorf("issued %v, want %v", got.Issued, want.Issued)
	}
	got.Expires, got.Issued = want.Expires, want.Issued
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestNothingIsGrantedUnlessStated(t *testing.T) {
	got, err := token.Verify(forge(t, sha256.New, key.Secret, `{"alg":"HS256"}`,
		`{"iss":"clinic","sub":"a","room":"r","exp":1800000060}`), lookup, now)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Grants, token.Grants{}) {
		t.Errorf("granted %+v", got.Grants)
	}
}

func TestValidityPeriod(t *testing.T) {
	c := claims()
	signed, err := key.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(signed, lookup, c.Expires.Add(token.Leeway-time.Second)); err != nil {
		t.Errorf("within the leeway: %v", err)
	}
	if _, err := token.Verify(signed, lookup, c.Expires.Add(token.Leeway)); !errors.Is(err, token.ErrExpired) {
		t.Errorf("after the leeway: %v", err)
	}
}

// forge signs any header and body, unlike Sign.
func forge(t testing.TB, h func() hash.Hash, secret, header, body string) string {
	t.Helper()
	enc := base64.RawURLEncoding
	text := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(body))
	mac := hmac.New(h, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + enc.EncodeToString(mac.Sum(nil))
}

func TestVerifyRefuses(t *testing.T) {
	const header = `{"alg":"HS256","typ":"JWT"}`
	const good = `{"iss":"clinic","sub":"a","room":"r","exp":1800000060,"grants":{"join":true}}`
	body := func(old, replacement string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the template", old)
		}
		return strings.Replace(good, old, replacement, 1)
	}
	sign := func(header, body string) string { return forge(t, sha256.New, key.Secret, header, body) }
	if _, err := token.Verify(sign(header, good), lookup, now); err != nil {
		t.Fatalf("the template itself: %v", err)
	}
	unsigned := strings.Join(strings.Split(sign(`{"alg":"none"}`, good), ".")[:2], ".") + "."
	tests := map[string]struct {
		token string
		want  error
	}{
		"empty":            {"", token.ErrMalformed},
		"not a JWT":        {"a.b.c", token.ErrMalformed},
		"four parts":       {sign(header, good) + ".x", token.ErrMalformed},
		"null":             {sign("null", "null"), token.ErrSignature},
		"oversized":        {sign(header, body(`"a"`, `"`+strings.Repeat("a", token.MaxLength)+`"`)), token.ErrTooLarge},
		"alg none":         {unsigned, token.ErrSignature},
		"alg none, signed": {sign(`{"alg":"none"}`, good), token.ErrSignature},
		"alg HS512":        {forge(t, sha512.New, key.Secret, `{"alg":"HS512"}`, good), token.ErrSignature},
		"alg RS256":        {sign(`{"alg":"RS256"}`, good), token.ErrSignature},
		"alg unknown":      {sign(`{"alg":"XX"}`, good), token.ErrSignature},
		"critical header":  {sign(`{"alg":"HS256","crit":["b64"],"b64":false}`, good), token.ErrMalformed},
		"wrong secret":     {forge(t, sha256.New, key.Secret+"x", header, good), token.ErrSignature},
		"unknown key":      {sign(header, body("clinic", "other")), token.ErrUnknownKey},
		"no key":           {sign(header, body(`"iss":"clinic",`, "")), token.ErrUnknownKey},
		"no exp":           {sign(header, body(`,"exp":1800000060`, "")), token.ErrClaims},
		"huge exp":         {sign(header, body("1800000060", "1e400")), token.ErrMalformed},
		"expired":          {sign(header, body("1800000060", "1799999960")), token.ErrExpired},
		"not yet valid":    {sign(header, body(`"exp"`, `"nbf":1800000040,"exp"`)), token.ErrNotYetValid},
		"no identity":      {sign(header, body(`"sub":"a",`, "")), token.ErrClaims},
		"control in sub":   {sign(header, body(`"a"`, `"a\u0000"`)), token.ErrClaims},
		"long identity":    {sign(header, body(`"a"`, `"`+strings.Repeat("a", 129)+`"`)), token.ErrClaims},
		"control in jti":   {sign(header, body(`"sub"`, `"jti":"\u0007","sub"`)), token.ErrClaims},
		"long jti":         {sign(header, body(`"sub"`, `"jti":"`+strings.Repeat("j", 129)+`","sub"`)), token.ErrClaims},
		"iat not a number": {sign(header, body(`"sub"`, `"iat":"now","sub"`)), token.ErrMalformed},
		"no room":          {sign(header, body(`"room":"r",`, "")), token.ErrClaims},
		"bad room":         {sign(header, body(`"r"`, `"a/b"`)), token.ErrClaims},
		"unknown source":   {sign(header, body(`"join":true`, `"publish":["desk"]`)), token.ErrClaims},
		"grants not map":   {sign(header, body(`{"join":true}`, `true`)), token.ErrMalformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := token.Verify(tt.token, lookup, now)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if !reflect.DeepEqual(c, token.Claims{}) {
				t.Errorf("claims came with the error: %+v", c)
			}
		})
	}
}

func TestEverySingleByteIsAuthenticated(t *testing.T) {
	signed, err := key.Sign(claims())
	if err != nil {
		t.Fatal(err)
	}
	for i := range signed {
		changed := []byte(signed)
		changed[i] ^= 1
		if _, err := token.Verify(string(changed), lookup, now); err == nil {
			t.Fatalf("byte %d changed, and it verified", i)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	tests := map[string]struct {
		key    token.Key
		change func(*token.Claims)
		want   error
	}{
		"short secret":   {token.Key{ID: "a", Secret: strings.Repeat("x", token.MinSecretLength-1)}, nil, token.ErrKey},
		"no key id":      {token.Key{Secret: key.Secret}, nil, token.ErrKey},
		"no expiry":      {key, func(c *token.Claims) { c.Expires = time.Time{} }, token.ErrClaims},
		"no identity":    {key, func(c *token.Claims) { c.Identity = "" }, token.ErrClaims},
		"invalid UTF-8":  {key, func(c *token.Claims) { c.Identity = "\xff" }, token.ErrClaims},
		"no room":        {key, func(c *token.Claims) { c.Room = "" }, token.ErrClaims},
		"long name":      {key, func(c *token.Claims) { c.Name = strings.Repeat("n", token.MaxNameLength+1) }, token.ErrClaims},
		"unknown source": {key, func(c *token.Claims) { c.Grants.Publish = []token.Source{"desk"} }, token.ErrClaims},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := claims()
			if tt.change != nil {
				tt.change(&c)
			}
			if signed, err := tt.key.Sign(c); !errors.Is(err, tt.want) || signed != "" {
				t.Errorf("got %q, %v, want %v", signed, err, tt.want)
			}
		})
	}
}

func TestKeyDoesNotPrintItsSecret(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", key, "in", []token.Key{key})
	for _, printed := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s", key, key, key, key),
		fmt.Sprintf("%+v %#v", []token.Key{key}, struct{ K token.Key }{key}), log.String(),
	} {
		if strings.Contains(printed, key.Secret) {
			t.Errorf("secret in %q", printed)
		}
	}
}

func FuzzVerify(f *testing.F) {
	signed, err := key.Sign(claims())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(forge(f, sha256.New, key.Secret, `{"alg":"HS256"}`, `{"iss":"clinic","exp":1e99,"grants":null}`))
	f.Add("e30.bnVsbA.")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := token.Verify(s, lookup, now)
		if err != nil {
			return
		}
		again, err := key.Sign(c)
		if err != nil {
			t.Fatalf("verified claims do not sign: %v: %+v", err, c)
		}
		if d, err := token.Verify(again, lookup, now); err != nil || d.Room != c.Room || d.Identity != c.Identity {
			t.Fatalf("%+v became %+v, %v", c, d, err)
		}
	})
}

// TestInspect: what a token says can be read by who can't verify it, and what is no token is told apart.
func TestInspect(t *testing.T) {
	signed, err := key.Sign(claims())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, ".")
	got, err := token.Inspect(parts[0] + "." + parts[1] + ".AAAA")
	if err != nil || got.Identity != claims().Identity || got.Room != claims().Room || !got.Expires.Equal(claims().Expires) || got.KeyID != key.ID {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "a.b.c", parts[0] + "." + parts[1], strings.Repeat("a", token.MaxLength+1)} {
		if _, err := token.Inspect(bad); err == nil || strings.Contains(err.Error(), parts[1]) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}
