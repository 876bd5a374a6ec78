package e2ee

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"math/bits"

	"github.com/openconfab/confab/media"
)

const (
	frameNonceSize = 12
	frameTagSize   = 16
	maxHeaderSize  = 1 + 8 + 8
	// FrameOverhead is the most by which sealing makes a frame longer.
	FrameOverhead = maxHeaderSize + frameTagSize
)

// frameSuite is an AES-GCM cipher suite of RFC 9605 §4.5.
type frameSuite struct {
	id      uint16
	hash    func() hash.Hash
	keySize int
}

var (
	suiteAES128 = frameSuite{id: 4, hash: sha256.New, keySize: 16}
	suiteAES256 = frameSuite{id: 5, hash: sha512.New, keySize: 32}
)

// frameKey is what one KID is sealed and opened with (RFC 9605 §4.4.2).
type frameKey struct {
	aead cipher.AEAD
	salt [frameNonceSize]byte
}

func (s frameSuite) derive(base []byte, kid uint64) (key, salt []byte, err error) {
	secret, err := hkdf.Extract(s.hash, base, nil)
	if err != nil {
		return nil, nil, err
	}
	expand := func(use string, size int) ([]byte, error) {
		info := binary.BigEndian.AppendUint64([]byte("SFrame 1.0 Secret "+use+" "), kid)
		return hkdf.Expand(s.hash, secret, string(binary.BigEndian.AppendUint16(info, s.id)), size)
	}
	if key, err = expand("key", s.keySize); err != nil {
		return nil, nil, err
	}
	salt, err = expand("salt", frameNonceSize)
	return key, salt, err
}

func (s frameSuite) newKey(base []byte, kid uint64) *frameKey {
	key, salt, err := s.derive(base, kid)
	if err != nil {
		panic("e2ee: HKDF: " + err.Error())
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("e2ee: AES: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("e2ee: GCM: " + err.Error())
	}
	return &frameKey{aead: aead, salt: [frameNonceSize]byte(salt)}
}

// scratch keeps what an AEAD call needs from being allocated for every frame.
type scratch struct {
	nonce [frameNonceSize]byte
	aad   []byte
}

func (s *scratch) set(k *frameKey, ctr uint64, header, metadata []byte) {
	s.nonce = k.salt
	tail := s.nonce[frameNonceSize-8:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^ctr)
	s.aad = append(append(s.aad[:0], header...), metadata...)
}

func (k *frameKey) seal(dst []byte, s *scratch, kid, ctr uint64, metadata, plaintext []byte) []byte {
	start := len(dst)
	dst = appendFrameHeader(dst, kid, ctr)
	s.set(k, ctr, dst[start:], metadata)
	return k.aead.Seal(dst, s.nonce[:], plaintext, s.aad)
}

func (k *frameKey) open(dst []byte, s *scratch, h frameHeader, metadata, frame []byte) ([]byte, error) {
	s.set(k, h.ctr, frame[:h.size], metadata)
	out, err := k.aead.Open(dst, s.nonce[:], frame[h.size:], s.aad)
	if err != nil {
		return dst, fail(FrameInvalid, "frame does not authenticate")
	}
	return out, nil
}

// frameHeader is an SFrame header (RFC 9605 §4.3).
type frameHeader struct {
	kid, ctr uint64
	size     int
}

func appendFrameHeader(dst []byte, kid, ctr uint64) []byte {
	config := len(dst)
	dst = append(dst, 0)
	k, dst := appendField(dst, kid)
	c, dst := appendField(dst, ctr)
	dst[config] = k<<4 | c
	return dst
}

// appendField returns the four bits that stand for v, and appends v unless they hold it.
func appendField(dst []byte, v uint64) (byte, []byte) {
	if v < 8 {
		return byte(v), dst
	}
	n := (bits.Len64(v) + 7) / 8
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return 8 | byte(n-1), dst
}

func parseFrameHeader(b []byte) (frameHeader, error) {
	if len(b) == 0 {
		return frameHeader{}, fail(Truncated, "frame is empty")
	}
	kid, rest, err := takeField(b[0]>>4, b[1:])
	if err != nil {
		return frameHeader{}, err
	}
	ctr, rest, err := takeField(b[0]&0xf, rest)
	if err != nil {
		return frameHeader{}, err
	}
	return frameHeader{kid: kid, ctr: ctr, size: len(b) - len(rest)}, nil
}

func takeField(config byte, b []byte) (uint64, []byte, error) {
	if config < 8 {
		return uint64(config), b, nil
	}
	n := int(config&7) + 1
	if len(b) < n {
		return 0, nil, fail(Truncated, "frame ends within its header")
	}
	var v uint64
	for _, c := range b[:n] {
		v = v<<8 | uint64(c)
	}
	if v < 8 || n > 1 && v>>(8*(n-1)) == 0 {
		return 0, nil, fail(NotMinimal, "frame header could be shorter")
	}
	return v, b[n:], nil
}

// Slot says what a sealed frame is of; every slot of a member has its own key and counter.
type Slot struct {
	Source media.Source
	// Layer is the layer's ID, below [media.MaxLayers]; 0 for audio and data.
	Layer uint8
}

func (s Slot) valid() bool { return s.Source.Valid() && s.Layer < media.MaxLayers }

func (s Slot) number() uint8 { return uint8(s.Source)*media.MaxLayers + s.Layer }

// frameID is what a KID says.
type frameID struct {
	index uint32
	slot  uint8
	// gen and step are the low 8 and 4 bits of those of the key.
	gen, step uint8
}

func (f frameID) kid() uint64 {
	return uint64(f.index)<<18 | uint64(f.slot)<<12 | uint64(f.gen)<<4 | uint64(f.step)
}

// parseKID takes a KID apart. It fails for one that names no sender at all.
func parseKID(kid uint64) (frameID, bool) {
	f := frameID{index: uint32(kid >> 18), slot: uint8(kid >> 12 & 0x3f), gen: uint8(kid >> 4), step: uint8(kid & 0xf)}
	return f, kid>>50 == 0
}

func (a keyID) frame(index uint32, slot uint8) frameID {
	return frameID{index: index, slot: slot, gen: uint8(a.gen), step: uint8(a.step & 0xf)}
}

// ratchet is one step of RFC 9605 §5.1.
func ratchet(base []byte) []byte {
	return derive512(nil, base, []byte("SFrame 1.0 Ratchet"), baseKeySize)
}
