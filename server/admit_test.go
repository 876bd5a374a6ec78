package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

var testKey = token.Key{ID: "app", Secret: strings.Repeat("0123456789", 4)}

func admitServer(t *testing.T, keys ...token.Key) *Server {
	t.Helper()
	return admitServerWith(t, Config{Keys: keys})
}

func admitServerWith(t *testing.T, c Config) *Server {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Shutdown(context.Background()) })
	return s
}

func sign(t *testing.T, c token.Claims) string {
	t.Helper()
	signed, err := testKey.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestGuestIdentity compares with a value computed by
// printf 'confab guest v1\0room-1\0%s' 0123456789abcdef | sha256sum | cut -c1-20
func TestGuestIdentity(t *testing.T) {
	if got, want := guestIdentity("room-1", []byte("0123456789abcdef")), "guest-43ae12b3fab109eb395c"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOpenNodeAdmitsGuests(t *testing.T) {
	s := admitServer(t)
	a, err := s.admit(context.Background(), &pb.Hello{Room: "room-1", GuestSecret: []byte("0123456789abcdef")}, "")
	if err != nil {
		t.Fatal(err)
	}
	if a.Room != "room-1" || a.Identity != guestIdentity("room-1", []byte("0123456789abcdef")) {
		t.Errorf("admitted as %s to %s", a.Identity, a.Room)
	}
	g := a.Grants
	if !g.Join || !g.Subscribe || !g.Data || g.Admin || g.Hidden || len(g.Publish) != 4 {
		t.Errorf("granted %v", g)
	}
	if slices.Contains(g.Publish, pb.Source_SOURCE_UNSPECIFIED) {
		t.Errorf("granted a source that is none: %v", g)
	}
}

func TestRoomsAllowAudioLevelsWhereTheOperatorDoes(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		open, keyed := admitServerWith(t, Config{AudioLevels: allowed}), admitServerWith(t, Config{Keys: []token.Key{testKey}, AudioLevels: allowed})
		guest, err := open.admit(t.Context(), &pb.Hello{Room: "room-1", GuestSecret: []byte("0123456789abcdef")}, "")
		if err != nil {
			t.Fatal(err)
		}
		signed := sign(t, token.Claims{
			Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Minute), Grants: token.Grants{Join: true},
		})
		member, err := keyed.admit(t.Context(), &pb.Hello{Token: signed}, "")
		if err != nil {
			t.Fatal(err)
		}
		if guest.Settings.AudioLevels != allowed || member.Settings.AudioLevels != allowed {
			t.Errorf("allowed: %v, a guest is told %v, a member %v", allowed, guest.Settings, member.Settings)
		}
	}
}

func TestTokenAdmission(t *testing.T) {
	s := admitServer(t, testKey)
	signed := sign(t, token.Claims{
		Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Minute),
		Grants: token.Grants{Join: true, Publish: []token.Source{token.ScreenAudio}, Subscribe: true, Hidden: true},
	})
	for _, room := range []string{"", "room-1"} {
		a, err := s.admit(context.Background(), &pb.Hello{Room: room, Token: signed}, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.Room != "room-1" || a.Identity != "ann" {
			t.Errorf("admitted as %s to %s", a.Identity, a.Room)
		}
		if g := a.Grants; !g.Join || !g.Subscribe || g.Data || g.Admin || !g.Hidden ||
			!slices.Equal(g.Publish, []pb.Source{pb.Source_SOURCE_SCREEN_AUDIO}) {
			t.Errorf("granted %v", g)
		}
	}
}

func TestAdmissionRefuses(t *testing.T) {
	claims := token.Claims{
		Identity: "ann", Room: "room-1", Expires: time.Now().Add(time.Hour), Grants: token.Grants{Join: true},
	}
	expired, powerless := claims, claims
	expired.Expires = time.Now().Add(-time.Hour)
	powerless.Grants = token.Grants{Subscribe: true}
	good := sign(t, claims)
	secret := []byte("0123456789abcdef")

	open, closed := admitServer(t), admitServer(t, testKey)
	tests := map[string]struct {
		server *Server
		hello  *pb.Hello
		code   string
	}{
		"no token":           {closed, &pb.Hello{Room: "room-1", GuestSecret: secret}, wire.CodeUnauthorized},
		"another room":       {closed, &pb.Hello{Room: "room-2", Token: good}, wire.CodeUnauthorized},
		"expired":            {closed, &pb.Hello{Token: sign(t, expired)}, wire.CodeUnauthorized},
		"no join grant":      {closed, &pb.Hello{Token: sign(t, powerless)}, wire.CodeUnauthorized},
		"not a token":        {closed, &pb.Hello{Token: "x"}, wire.CodeUnauthorized},
		"key not known here": {open, &pb.Hello{Token: good}, wire.CodeUnauthorized},
		"no room":            {open, &pb.Hello{GuestSecret: secret}, wire.CodeRoomInvalid},
		"bad room":           {open, &pb.Hello{Room: "a b", GuestSecret: secret}, wire.CodeRoomInvalid},
		"no guest secret":    {open, &pb.Hello{Room: "room-1"}, wire.CodeUnauthorized},
		"long guest secret":  {open, &pb.Hello{Room: "room-1", GuestSecret: make([]byte, 33)}, wire.CodeUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := tt.server.admit(context.Background(), tt.hello, "")
			var coded *wire.Error
			if !errors.As(err, &coded) || coded.Code != tt.code {
				t.Fatalf("got %v, want %s", err, tt.code)
			}
			if a != (session.Admission{}) {
				t.Errorf("a place came with the error: %+v", a)
			}
			if tt.hello.Token != "" && strings.Contains(err.Error(), tt.hello.Token) && len(tt.hello.Token) > 1 {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
}
