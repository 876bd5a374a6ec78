package e2ee

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// seedFromVectors adds an input of every generated case of the operation.
func seedFromVectors(f *testing.F, op string, input func(*opInput) []byte) {
	for _, name := range []string{"e2ee-positive-v1.json", "e2ee-negative-v1.json", "record-v1.json"} {
		file, err := os.ReadFile(filepath.Join(vectorDir, name))
		if err != nil {
			f.Fatal(err)
		}
		var parsed struct {
			Cases []struct {
				Op string
				In opInput
			}
		}
		if err := json.Unmarshal(file, &parsed); err != nil {
			f.Fatal(err)
		}
		for _, c := range parsed.Cases {
			if c.Op == op {
				f.Add(input(&c.In))
			}
		}
	}
}

func message(in *opInput) []byte { return in.Message }

// mustCode fails for errors that have no code.
func mustCode(t *testing.T, err error) {
	if err != nil && CodeOf(err) == "" {
		t.Fatalf("error without a code: %v", err)
	}
}

func FuzzAnnouncement(f *testing.F) {
	seedFromVectors(f, "announcement-open", message)
	fix := newFixture(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := openAnnouncement(fix.m, b)
		mustCode(t, err)
		if len(b) > announcementTail {
			// What an insider could send: authenticated, however odd.
			body := b[:len(b)-announcementTail]
			_, err = openAnnouncement(fix.m, fix.announce(body))
			mustCode(t, err)
		}
	})
}

func FuzzChannel(f *testing.F) {
	seedFromVectors(f, "channel-open", message)
	fix := newFixture(f)
	kem, err := kemPrivate(fix.BKEMSeed)
	if err != nil {
		f.Fatal(err)
	}
	from := peer{fix.annA, fix.ikA()}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, err := openChannel(fix.m, from, fix.annB, kem, 0, b)
		mustCode(t, err)
		if len(b) > signatureSize {
			_, _, err = openChannel(fix.m, from, fix.annB, kem, 0, sign(fix.a, "channel", b[:len(b)-signatureSize]))
			mustCode(t, err)
		}
	})
}

func FuzzKey(f *testing.F) {
	seedFromVectors(f, "key-open", message)
	fix := newFixture(f)
	from := peer{fix.annA, fix.ikA()}
	held := &keyMessage{keyID: keyID{fix.Gen, fix.Step}, commit: [32]byte(fix.Commit)}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > signatureSize {
			b = sign(fix.a, "key", b[:len(b)-signatureSize])
		}
		k, err := openKey(fix.m, from, held, b)
		mustCode(t, err)
		if err == nil && k.compare(held.keyID) < 0 {
			t.Fatal("a key went back")
		}
	})
}

func FuzzWrap(f *testing.F) {
	seedFromVectors(f, "key-open", func(in *opInput) []byte { return in.Wrap })
	fix := newFixture(f)
	channel, digest := newGCM(fix.KWrap), keyDigest(fix.Key)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, base, err := openWrap(channel, fix.BIndex, nil, digest, b)
		mustCode(t, err)
		if err == nil && !bytes.Equal(base, fix.BaseKey) && !bytes.Equal(base, fix.NextBase) {
			t.Fatal("a forged wrap opened")
		}
	})
}

func FuzzKeyRequest(f *testing.F) {
	seedFromVectors(f, "keyreq-open", message)
	fix := newFixture(f)
	from := peer{fix.annA, fix.ikA()}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > signatureSize {
			b = sign(fix.a, "keyreq", b[:len(b)-signatureSize])
		}
		r, err := openKeyRequest(fix.m, from, fix.annB, nil, b)
		mustCode(t, err)
		if err == nil && !bytes.Equal(sealKeyRequest(fix.m, fix.a, fix.annA, fix.annB, r), b) {
			t.Fatal("the request does not encode to what it was")
		}
	})
}

// FuzzStatements gives the bodies to every message that hosts and members send, signed as if by an insider.
func FuzzStatements(f *testing.F) {
	for _, op := range []string{"heartbeat-open", "admit-open", "remove-open", "guard-open", "host-open", "sas-open"} {
		seedFromVectors(f, op, message)
	}
	fix := newFixture(f)
	from := peer{fix.annA, fix.ikA()}
	host := HostOf(fix.ikA())
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) <= signatureSize {
			return
		}
		signed := func(name string) []byte { return sign(fix.a, name, b[:len(b)-signatureSize]) }
		h, err := openHeartbeat(fix.m, from, nil, signed("heartbeat"))
		mustCode(t, err)
		if err == nil && !bytes.Equal(sealHeartbeat(fix.m, fix.a, fix.annA, h), signed("heartbeat")) {
			t.Fatal("the heartbeat does not encode to what it was")
		}
		ids, err := openAdmit(fix.m, from, signed("admit"))
		mustCode(t, err)
		if err == nil && !bytes.Equal(sealAdmit(fix.m, fix.a, fix.annA, ids), signed("admit")) {
			t.Fatal("the admission does not encode to what it was")
		}
		_, err = openRemove(fix.m, from, signed("remove"))
		mustCode(t, err)
		_, err = openGuard(fix.m, from, signed("guard"))
		mustCode(t, err)
		_, err = openHost(fix.m, host, time.Time{}, signed("host"))
		mustCode(t, err)
		_, err = openSAS(fix.m, typeSASReveal, from, fix.annB, signed("sas-reveal"))
		mustCode(t, err)
		_, err = openSAS(fix.m, typeSASEnd, from, fix.annB, signed("sas-end"))
		mustCode(t, err)
	})
}

func FuzzFrameHeader(f *testing.F) {
	seedFromVectors(f, "sframe-header", func(in *opInput) []byte { return in.Bytes })
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseFrameHeader(b)
		mustCode(t, err)
		if err == nil && !bytes.Equal(appendFrameHeader(nil, h.kid, h.ctr), b[:h.size]) {
			t.Fatalf("%x is not the encoding of %+v", b[:h.size], h)
		}
	})
}

func FuzzRecord(f *testing.F) {
	seedFromVectors(f, "record-parse", func(in *opInput) []byte { return in.Record })
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ParseRecord(b)
		mustCode(t, err)
		if err != nil {
			return
		}
		again, err := AppendRecord(nil, &frame)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x encodes to %x, %v", b, again, err)
		}
	})
}

func FuzzLink(f *testing.F) {
	for _, c := range linkCases() {
		if link, ok := c.In["link"].(string); ok {
			f.Add(link)
		} else {
			f.Add("https://h/m/r#" + c.In["fragment"].(string))
		}
	}
	f.Fuzz(func(t *testing.T, link string) {
		room, invitation, err := ParseLink(link)
		mustCode(t, err)
		if err != nil {
			return
		}
		formatted, err := FormatLink("https://h", room, invitation)
		if err != nil {
			t.Fatal(err)
		}
		if r, s, err := ParseLink(formatted); r != room || s != invitation || err != nil {
			t.Fatalf("%q became %q", link, formatted)
		}
	})
}

// A session has to survive whatever a node delivers.
func FuzzReceive(f *testing.F) {
	for _, op := range []string{"channel-open", "key-open", "keyreq-open"} {
		seedFromVectors(f, op, message)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tb := newTable(t, "alice", "bob")
		alice, bob := tb.seats[0], tb.seats[1]
		mustCode(t, bob.Receive("alice", b, nil, tb.now))
		mustCode(t, bob.Receive("alice", nil, b, tb.now))
		_, _, err := bob.Open(nil, "alice", Object{Source: media.Camera, Payload: b}, tb.now)
		mustCode(t, err)
		mustCode(t, bob.MemberJoined("carol", b, tb.now))
		tb.pass(0)
		tb.heard(alice, bob)
	})
}
