package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

// Sizes of the secret from which a guest's identity is made. Spec: control.proto, Hello.guest_secret.
const (
	minGuestSecret = 16
	maxGuestSecret = 32
)

const (
	guestLabel  = "confab guest v1\x00"
	guestPrefix = "guest-"
	guestDigits = 20
)

var publishSources = map[token.Source]pb.Source{
	token.Microphone:  pb.Source_SOURCE_MICROPHONE,
	token.Camera:      pb.Source_SOURCE_CAMERA,
	token.Screen:      pb.Source_SOURCE_SCREEN,
	token.ScreenAudio: pb.Source_SOURCE_SCREEN_AUDIO,
}

// admit is the session.AdmitFunc of a node. Spec: wire.md §1.5.
func (s *Server) admit(_ context.Context, hello *pb.Hello, _ string) (session.Admission, error) {
	if hello.GetToken() != "" {
		return s.admitToken(hello)
	}
	if len(s.keys) > 0 {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "this node asks for a join token: get one from the application")
	}
	return s.admitGuest(hello)
}

func (s *Server) admitToken(hello *pb.Hello) (session.Admission, error) {
	claims, err := token.Verify(hello.GetToken(), func(id string) (token.Key, bool) {
		k, ok := s.keys[id]
		return k, ok
	}, s.now())
	if err != nil {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "%s", tokenAdvice(err))
	}
	if !claims.Grants.Join {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "the join token has no join grant")
	}
	if room := hello.GetRoom(); room != "" && room != claims.Room {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "the join token is for another room")
	}
	return session.Admission{
		Room: claims.Room, Identity: claims.Identity, Name: claims.Name, Grants: grants(claims.Grants), Settings: s.roomSettings(),
		Wait: claims.Grants.Wait,
	}, nil
}

func tokenAdvice(err error) string {
	switch {
	case errors.Is(err, token.ErrExpired):
		return "the join token has expired: ask the application for a new one"
	case errors.Is(err, token.ErrNotYetValid):
		return "the join token is not valid yet: check the clock of the machine that signed it"
	case errors.Is(err, token.ErrUnknownKey):
		return "the join token is signed with a key that this node does not know"
	case errors.Is(err, token.ErrSignature):
		return "the join token is not signed with HS256 and the secret of the key it names"
	case errors.Is(err, token.ErrTooLarge), errors.Is(err, token.ErrMalformed):
		return "the join token is not a JWT of this format"
	default:
		return "the join token lacks a claim, or one is out of range"
	}
}

func grants(g token.Grants) *pb.Grants {
	granted := &pb.Grants{Join: g.Join, Subscribe: g.Subscribe, Data: g.Data, Admin: g.Admin, Hidden: g.Hidden}
	for _, source := range g.Publish {
		granted.Publish = append(granted.Publish, publishSources[source])
	}
	return granted
}

// admitGuest gives a client without a token a place on an open node. Nobody else can take the identity, for it is the
// hash of a secret.
func (s *Server) admitGuest(hello *pb.Hello) (session.Admission, error) {
	if !token.ValidRoom(hello.GetRoom()) {
		return session.Admission{}, wire.Errorf(wire.CodeRoomInvalid, "a room is 1 to %d characters of A-Z a-z 0-9 . _ -", token.MaxRoomLength)
	}
	secret := hello.GetGuestSecret()
	if len(secret) < minGuestSecret || len(secret) > maxGuestSecret {
		return session.Admission{}, wire.Errorf(wire.CodeUnauthorized, "a guest needs a guest_secret of %d to %d bytes", minGuestSecret, maxGuestSecret)
	}
	return session.Admission{
		Room:     hello.GetRoom(),
		Identity: guestIdentity(hello.GetRoom(), secret),
		Grants:   grants(token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true}),
		Settings: s.roomSettings(),
	}, nil
}

func (s *Server) roomSettings() *pb.RoomSettings {
	return &pb.RoomSettings{AudioLevels: s.config.AudioLevels}
}

func guestIdentity(room string, secret []byte) string {
	h := sha256.New()
	h.Write([]byte(guestLabel + room + "\x00"))
	h.Write(secret)
	return guestPrefix + hex.EncodeToString(h.Sum(nil))[:guestDigits]
}
