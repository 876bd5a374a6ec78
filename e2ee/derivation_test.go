package e2ee

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

// The file was made without this implementation, so that agreeing with it is agreeing with the specification.
func TestIndependentDerivations(t *testing.T) {
	f := newFixture(t)
	equal(t, "mid", f.m.mid[:], f.Mid)
	equal(t, "K_auth", f.m.auth, f.KAuth)
	equal(t, "K_psk", f.m.psk, f.KPSK)
	equal(t, "K_meta", f.m.meta, f.KMeta)

	a, err := openAnnouncement(f.m, f.AnnA)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "annA id", a.id[:], f.AnnAID)
	if a.id.index() != f.AIndex {
		t.Errorf("index of A is %d, want %d", a.id.index(), f.AIndex)
	}
	kem, err := kemPrivate(f.AKEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "KEM key of A", a.kem, kem.PublicKey().Bytes())
	equal(t, "annA sealed again", sealAnnouncement(f.m, a, f.a, f.AnnA[announcementFixed:announcementFixed+12]), f.AnnA)

	kemB, err := kemPrivate(f.BKEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	export, err := decapsulate(kemB, f.Chan[channelBody-kemEncSize:channelBody], channelInfo(f.m, f.annA, f.annB, 1))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "export", export, f.Export)
	equal(t, "K_wrap", wrapKey(f.m, export, f.Chan[:channelBody]), f.KWrap)

	id := keyID{f.Gen, f.Step}
	equal(t, "commit", commitment(f.m, f.annA, id, f.BaseKey), f.Commit)
	roster := rosterDigest([]annID{f.annA, f.annB})
	equal(t, "roster", roster[:], f.Roster)
	equal(t, "KEY", sealKey(f.m, f.a, f.annA, id, f.BaseKey, roster), f.Key)
	equal(t, "sealed part of the WRAP", f.wrapBytes()[12:], f.Wrap)
	equal(t, "ratchet", ratchet(f.BaseKey), f.NextBase)

	kid := id.frame(f.AIndex, f.Slot).kid()
	if got := fmt.Sprintf("0x%x", kid); got != f.KID {
		t.Errorf("KID is %s, want %s", got, f.KID)
	}
	frame := suiteAES256.newKey(f.BaseKey, kid).seal(nil, new(scratch), kid, f.FrameCtr, f.FrameMetadata, f.FramePlaintext)
	equal(t, "frame", frame, f.Frame)
}

func TestSealedChannelOpens(t *testing.T) {
	f := newFixture(t)
	b, err := openAnnouncement(f.m, f.AnnB)
	if err != nil {
		t.Fatal(err)
	}
	message, key, err := sealChannel(f.m, f.a, f.annA, f.annB, b.kem, 3)
	if err != nil {
		t.Fatal(err)
	}
	kem, err := kemPrivate(f.BKEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	number, got, err := openChannel(f.m, peer{f.annA, f.ikA()}, f.annB, kem, 2, message)
	if err != nil || number != 3 {
		t.Fatalf("number %d, %v", number, err)
	}
	equal(t, "K_wrap", got, key)
}

func TestSFrameWorkingGroupVectors(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(vectorDir, "sframe-rfc9605.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Header []struct {
			KID, CTR uint64
			Encoded  octets
		}
		SFrame []struct {
			CipherSuite uint16 `json:"cipher_suite"`
			KID, CTR    uint64
			BaseKey     octets `json:"base_key"`
			Key         octets `json:"sframe_key"`
			Salt        octets `json:"sframe_salt"`
			Metadata    octets
			Nonce, AAD  octets
			PT, CT      octets
		}
	}
	if err := json.Unmarshal(file, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors.Header {
		equal(t, fmt.Sprintf("header %x %x", v.KID, v.CTR), appendFrameHeader(nil, v.KID, v.CTR), v.Encoded)
		h, err := parseFrameHeader(v.Encoded)
		if err != nil || h.kid != v.KID || h.ctr != v.CTR || h.size != len(v.Encoded) {
			t.Errorf("%x parses as %+v, %v", v.Encoded, h, err)
		}
	}
	suites := map[uint16]frameSuite{4: suiteAES128, 5: suiteAES256}
	checked := 0
	for _, v := range vectors.SFrame {
		suite, ok := suites[v.CipherSuite]
		if !ok {
			continue
		}
		checked++
		key, salt, err := suite.derive(v.BaseKey, v.KID)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "key", key, v.Key)
		equal(t, "salt", salt, v.Salt)
		s := new(scratch)
		k := suite.newKey(v.BaseKey, v.KID)
		equal(t, "ciphertext", k.seal(nil, s, v.KID, v.CTR, v.Metadata, v.PT), v.CT)
		equal(t, "nonce", s.nonce[:], v.Nonce)
		equal(t, "aad", s.aad, v.AAD)
		h, err := parseFrameHeader(v.CT)
		if err != nil {
			t.Fatal(err)
		}
		plaintext, err := k.open(nil, s, h, v.Metadata, v.CT)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "plaintext", plaintext, v.PT)
	}
	if len(vectors.Header) == 0 || checked != len(suites) {
		t.Errorf("checked %d headers and %d suites: the file is not what it was", len(vectors.Header), checked)
	}
}

func TestKIDRoundTrip(t *testing.T) {
	for _, f := range []frameID{{}, {index: 1<<32 - 1, slot: 39, gen: 255, step: 15}, {index: 0x494e4eee, slot: 8, gen: 7, step: 3}} {
		if got, ok := parseKID(f.kid()); !ok || got != f {
			t.Errorf("%+v became %+v, %v", f, got, ok)
		}
	}
	if _, ok := parseKID(1 << 50); ok {
		t.Error("a KID of 51 bits names a sender")
	}
}

func TestErrorsHoldNoKeyMaterial(t *testing.T) {
	f := newFixture(t)
	_, err := ParseFragment("e1." + hex.EncodeToString(f.Secret))
	if bytes.Contains([]byte(err.Error()), []byte(hex.EncodeToString(f.Secret[:8]))) {
		t.Errorf("the error repeats the secret: %v", err)
	}
	_, _, err = ParseLink("https://%zz/m/room#" + (Invitation{Secret: Secret(f.Secret)}).Fragment())
	if bytes.Contains([]byte(err.Error()), []byte("AAEC")) {
		t.Errorf("the error repeats the secret: %v", err)
	}
}
