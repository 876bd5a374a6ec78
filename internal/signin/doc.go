// Package signin knows who is behind a browser: a person who has signed in with an OpenID Connect provider, or a guest.
//
// A browser holds a random token in a cookie, and the store its hash, so that the store's content opens no session. What the
// provider has issued is sealed with a key that is made of the token. Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE),
// RFC 9700 (rotation of refresh tokens), OpenID Connect RP-Initiated Logout 1.0.
package signin
