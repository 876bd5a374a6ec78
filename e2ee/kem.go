package e2ee

import (
	"crypto/ecdh"
	"crypto/hpke"
)

// Sizes of MLKEM768-X25519: the ML-KEM part comes first, 32 bytes of X25519 last.
const (
	kemPublicSize = 1184 + 32
	kemEncSize    = 1088 + 32
	kemSeedSize   = 32
)

// probe is any X25519 key: whichever is used, exactly the points of low order give zero.
var probe = func() *ecdh.PrivateKey {
	k, err := ecdh.X25519().NewPrivateKey(append(make([]byte, 31), 0x40))
	if err != nil {
		panic("e2ee: X25519: " + err.Error())
	}
	return k
}()

// checkKEMPublic refuses what encapsulation would refuse, so that a bad key is found when its announcement is read. Keys are
// kept as they came: one that is parsed takes eight times as much, and is used once.
func checkKEMPublic(b []byte) error {
	if _, err := hpke.MLKEM768X25519().NewPublicKey(b); err != nil {
		return fail(KEMInvalid, "KEM key is not canonical")
	}
	return checkX25519(b[len(b)-32:])
}

func checkX25519(b []byte) error {
	point, err := ecdh.X25519().NewPublicKey(b)
	if err != nil {
		return fail(KEMInvalid, "X25519 key has the wrong size")
	}
	if _, err := probe.ECDH(point); err != nil {
		return fail(KEMInvalid, "X25519 point is of low order")
	}
	return nil
}

func kemPrivate(seed []byte) (hpke.PrivateKey, error) {
	return hpke.MLKEM768X25519().NewPrivateKey(seed)
}

const exportContext = "confab e2ee v1 wrap"

// encapsulate is HPKE SetupBaseS, to a key that was checked, and the export of a channel.
func encapsulate(to, info []byte) (enc, export []byte, err error) {
	key, err := hpke.MLKEM768X25519().NewPublicKey(to)
	if err != nil {
		return nil, nil, fail(KEMInvalid, "KEM key is not canonical")
	}
	enc, ctx, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
	if err != nil {
		return nil, nil, fail(KEMInvalid, "cannot encapsulate to the member's KEM key")
	}
	if export, err = ctx.Export(exportContext, 32); err != nil {
		return nil, nil, fail(KEMInvalid, "cannot export from the channel")
	}
	return enc, export, nil
}

func decapsulate(key hpke.PrivateKey, enc, info []byte) (export []byte, err error) {
	if err := checkX25519(enc[len(enc)-32:]); err != nil {
		return nil, err
	}
	ctx, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
	if err != nil {
		return nil, fail(KEMInvalid, "cannot decapsulate the channel")
	}
	if export, err = ctx.Export(exportContext, 32); err != nil {
		return nil, fail(KEMInvalid, "cannot export from the channel")
	}
	return export, nil
}
