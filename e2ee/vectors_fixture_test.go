package e2ee

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/openconfab/confab/media"
)

// fixture is the meeting of e2ee-v1.json, from which the other cases are made by changing one thing.
type fixture struct {
	Secret                              octets `json:"S"`
	Room                                string
	AnnA, AnnB, Chan, Key, Wrap, Roster octets
	AnnAID                              octets `json:"annA_id"`
	AnnBID                              octets `json:"annB_id"`
	AIKSeed                             octets `json:"A_ik_seed"`
	BIKSeed                             octets `json:"B_ik_seed"`
	AKEMSeed                            octets `json:"A_kem_seed"`
	BKEMSeed                            octets `json:"B_kem_seed"`
	AIndex                              uint32 `json:"A_index"`
	BIndex                              uint32 `json:"B_index"`
	KAuth                               octets `json:"K_auth"`
	KPSK                                octets `json:"K_psk"`
	KMeta                               octets `json:"K_meta"`
	KWrap                               octets `json:"K_wrap"`
	Mid, Export, Commit                 octets
	BaseKey                             octets `json:"base_key"`
	NextBase                            octets `json:"next_base"`
	Gen, Step                           uint32
	Slot                                uint8
	KID                                 string
	Frame                               octets
	FrameCtr                            uint64 `json:"frame_ctr"`
	FrameMetadata                       octets `json:"frame_metadata"`
	FramePlaintext                      octets `json:"frame_plaintext"`
	Safety                              string
	m                                   *meeting
	a, b                                ed25519.PrivateKey
	annA, annB                          annID
}

func newFixture(t testing.TB) *fixture {
	file, err := os.ReadFile(filepath.Join(vectorDir, "e2ee-v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	f := new(fixture)
	if err := json.Unmarshal(file, f); err != nil {
		t.Fatal(err)
	}
	f.m = newMeeting(Secret(f.Secret), f.Room)
	f.a, f.b = ed25519.NewKeyFromSeed(f.AIKSeed), ed25519.NewKeyFromSeed(f.BIKSeed)
	f.annA, f.annB = annID(f.AnnAID), annID(f.AnnBID)
	return f
}

func (f *fixture) ikA() ed25519.PublicKey { return f.a.Public().(ed25519.PublicKey) }

func (f *fixture) ikB() ed25519.PublicKey { return f.b.Public().(ed25519.PublicKey) }

func with(base fields, changes fields) fields {
	out := maps.Clone(base)
	maps.Copy(out, changes)
	return out
}

// edit returns a copy of b that was changed from offset at on.
func edit(b []byte, at int, change ...byte) []byte {
	out := bytes.Clone(b)
	if at < 0 {
		at += len(b)
	}
	copy(out[at:], change)
	return out
}

func flip(b []byte, at int) []byte {
	if at < 0 {
		at += len(b)
	}
	return edit(b, at, b[at]^1)
}

// announce signs and authenticates a changed body as A.
func (f *fixture) announce(body []byte) []byte {
	signed := sign(f.a, "announce", body)
	return append(signed, announcementMAC(f.m, signed)...)
}

func (f *fixture) announcementIn() fields {
	return fields{"secret": f.Secret, "room": f.Room, "message": f.AnnA}
}

func (f *fixture) channelIn() fields {
	return fields{
		"secret": f.Secret, "room": f.Room, "sender_ann_id": f.AnnAID, "sender_ik_pub": octets(f.ikA()),
		"recipient_ann_id": f.AnnBID, "recipient_kem_seed": f.BKEMSeed, "last_chan_no": 0, "message": f.Chan,
	}
}

// wrapBytes is the whole WRAP of e2ee-v1.json, whose wrap is the AEAD's output alone, with counter 0.
func (f *fixture) wrapBytes() octets { return f.wrapOf(f.Key, 0, f.BaseKey) }

func (f *fixture) wrapOf(key []byte, ctr uint64, base []byte) octets {
	return sealWrap(newGCM(f.KWrap), f.BIndex, ctr, keyDigest(key), base)
}

func (f *fixture) keyIn() fields {
	return fields{
		"secret": f.Secret, "room": f.Room, "sender_ann_id": f.AnnAID, "sender_ik_pub": octets(f.ikA()),
		"recipient_index": f.BIndex, "wrap_key": f.KWrap, "last_ctr": nil, "held": nil, "message": f.Key, "wrap": f.wrapBytes(),
	}
}

func (f *fixture) requestIn() fields {
	return fields{
		"secret": f.Secret, "room": f.Room, "sender_ann_id": f.AnnAID, "sender_ik_pub": octets(f.ikA()),
		"recipient_ann_id": f.AnnBID, "last_seq": nil, "message": f.request(7),
	}
}

func (f *fixture) request(seq uint64) octets {
	return sealKeyRequest(f.m, f.a, f.annA, f.annB, keyRequest{seq: seq, genHint: 0x42, haveChannel: 1})
}

func (f *fixture) frameIn(frames ...octets) fields {
	return fields{
		"index": f.AIndex, "gen": f.Gen, "step": f.Step, "base_key": f.BaseKey, "source": media.Camera,
		"metadata": f.FrameMetadata, "frames": frames,
	}
}

// frame seals a frame of A in a slot under the key of e2ee-v1.json, ratcheted some steps ahead.
func (f *fixture) frame(slot Slot, ahead uint32, ctr uint64, metadata []byte, plaintext string) octets {
	base := []byte(f.BaseKey)
	for range ahead {
		base = ratchet(base)
	}
	kid := keyID{f.Gen, f.Step + ahead}.frame(f.AIndex, slot.number()).kid()
	return suiteAES256.newKey(base, kid).seal(nil, new(scratch), kid, ctr, metadata, []byte(plaintext))
}
