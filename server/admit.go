package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/openconfab/confab/internal/meeting"
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

// admit is the session.AdmitFunc of a node: it finds out who comes, and asks the meetings whether it may enter. Spec: wire.md §1.5.
func (s *Server) admit(ctx context.Context, hello *pb.Hello, remoteAddr string) (session.Admission, error) {
	a, name, err := s.arrival(hello)
	if err != nil {
		return session.Admission{}, err
	}
	a.RemoteAddr, a.Records = remoteAddr, hello.GetCapabilities().GetRecords()
	d, err := s.meetings.service.Decide(ctx, a)
	if err != nil {
		return session.Admission{}, refusal(err)
	}
	return session.Admission{
		Room: a.Room, Identity: a.Identity, Name: name, Grants: grants(d.Grants), Settings: s.roomSettings(d), Wait: d.Waiting,
		MaxParticipants: d.MaxParticipants, Kept: d.Known,
	}, nil
}

// refusal returns what a client is told of an error of the meetings. One that the protocol has no code for is the node's own matter.
func refusal(err error) error {
	if refused, ok := errors.AsType[*meeting.Error](err); ok && wire.KnownCode(string(refused.Code)) {
		return wire.Errorf(string(refused.Code), "%s", refused.Message)
	}
	return err
}

// arrival verifies who comes. name is what its token calls it.
func (s *Server) arrival(hello *pb.Hello) (a meeting.Arrival, name string, err error) {
	if hello.GetToken() != "" {
		return s.withToken(hello)
	}
	if !s.config.open() {
		return meeting.Arrival{}, "", wire.Errorf(wire.CodeUnauthorized, "this node asks for a join token: get one from the application")
	}
	a, err = asGuest(hello)
	return a, "", err
}

// key finds the key that a token names: an API key, or the one that signs what meetings give out.
func (s *Server) key(id string) (token.Key, bool) {
	if id == meeting.KeyID {
		return s.meetings.service.Key(), true
	}
	k, ok := s.keys[id]
	return k, ok
}

func (s *Server) withToken(hello *pb.Hello) (a meeting.Arrival, name string, err error) {
	claims, err := token.Verify(hello.GetToken(), s.key, s.now())
	if err != nil {
		return meeting.Arrival{}, "", wire.Errorf(wire.CodeUnauthorized, "%s", tokenAdvice(err))
	}
	if !claims.Grants.Join {
		return meeting.Arrival{}, "", wire.Errorf(wire.CodeUnauthorized, "the join token has no join grant")
	}
	if room := hello.GetRoom(); room != "" && room != claims.Room {
		return meeting.Arrival{}, "", wire.Errorf(wire.CodeUnauthorized, "the join token is for another room")
	}
	return meeting.Arrival{
		Room: claims.Room, Identity: claims.Identity, TokenID: claims.ID, Issued: claims.Issued, KeyID: claims.KeyID, Grants: claims.Grants,
	}, claims.Name, nil
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

// asGuest gives a client without a token a place on an open node. Nobody else can take the identity, for it is the hash of a secret.
func asGuest(hello *pb.Hello) (meeting.Arrival, error) {
	if !token.ValidRoom(hello.GetRoom()) {
		return meeting.Arrival{}, wire.Errorf(wire.CodeRoomInvalid, "a room is 1 to %d characters of A-Z a-z 0-9 . _ -", token.MaxRoomLength)
	}
	secret := hello.GetGuestSecret()
	if len(secret) < minGuestSecret || len(secret) > maxGuestSecret {
		return meeting.Arrival{}, wire.Errorf(wire.CodeUnauthorized, "a guest needs a guest_secret of %d to %d bytes", minGuestSecret, maxGuestSecret)
	}
	return meeting.Arrival{
		Room: hello.GetRoom(), Identity: guestIdentity(hello.GetRoom(), secret), Guest: true,
		Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true},
	}, nil
}

// roomSettings are those of the meeting, or of the node for a room without one.
func (s *Server) roomSettings(d meeting.Decision) *pb.RoomSettings {
	if !d.Known {
		return &pb.RoomSettings{AudioLevels: s.config.AudioLevels}
	}
	return &pb.RoomSettings{AudioLevels: d.Settings.AudioLevels, WaitingRoom: d.Settings.WaitingRoom, Locked: d.Settings.Locked}
}

func guestIdentity(room string, secret []byte) string {
	h := sha256.New()
	h.Write([]byte(guestLabel + room + "\x00"))
	h.Write(secret)
	return guestPrefix + hex.EncodeToString(h.Sum(nil))[:guestDigits]
}
