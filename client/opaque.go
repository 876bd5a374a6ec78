package client

import (
	"context"
	"unicode/utf8"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// unencryptedMark begins an announcement that holds the name and nothing else. An encrypted one never begins with it.
const unencryptedMark = 0

// opaque protects nothing; see [InsecureNone].
type opaque struct {
	name string
	room membership
}

func (o *opaque) announcement() []byte { return append([]byte{unencryptedMark}, o.name...) }

func (o *opaque) joined(session string, announcement []byte) e2ee.Member {
	if len(announcement) == 0 || announcement[0] != unencryptedMark || !utf8.Valid(announcement) {
		return e2ee.Member{Session: session, State: e2ee.Refused}
	}
	return e2ee.Member{Session: session, State: e2ee.Verified, Name: string(announcement[1:])}
}

func (o *opaque) nameOf(announcement []byte) string { return o.joined("", announcement).Name }

func (o *opaque) left(session string, _ bool) { o.room.memberGone(session) }
func (o *opaque) receive(*pb.E2EeDelivery)    {}
func (o *opaque) startSending()               {}

func (o *opaque) seal(dst []byte, _ e2ee.Slot, _, record []byte) ([]byte, error) {
	return append(dst, record...), nil
}

func (o *opaque) open(dst []byte, _ string, _ *Subscription, object *wire.Object) ([]byte, error) {
	return append(dst, object.Payload()...), nil
}

func (o *opaque) shared(context.Context) error                         { return nil }
func (o *opaque) settle()                                              {}
func (o *opaque) sealData(_ string, data []byte) ([]byte, error)       { return data, nil }
func (o *opaque) openData(_, _ string, payload []byte) ([]byte, error) { return payload, nil }
func (o *opaque) safetyCode() string                                   { return "" }
func (o *opaque) pairSafetyCode(string) (string, error)                { return "", nil }
func (o *opaque) counts() map[string]uint64                            { return nil }
func (o *opaque) connected(bool)                                       {}

func (o *opaque) tick()  {}
func (o *opaque) close() {}
