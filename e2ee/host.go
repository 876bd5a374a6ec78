package e2ee

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

const (
	hostSize  = prefixSize + 32 + 32 + 8 + 1 + signatureSize
	guardSize = prefixSize + 32 + 8 + 1 + signatureSize
	// listFixed is an ADMIT or REMOVE without its items.
	listFixed  = prefixSize + 32 + 2 + signatureSize
	listCount  = prefixSize + 32
	admitItem  = 32
	removeItem = 32 + ed25519.PublicKeySize

	// appointmentLife is how long an appointment is accepted after it was signed, by clocks that differ by no more.
	appointmentLife = 24 * time.Hour
)

// Host is the fingerprint of the identity key that decides about a meeting: its founder's. It is in the invitation link,
// so that no server can name another. The zero Host names nobody.
type Host [16]byte

// HostOf returns the fingerprint of a public identity key.
func HostOf(identity []byte) Host {
	h := sha256.New()
	h.Write(label("host"))
	h.Write(identity)
	return Host(h.Sum(nil)[:len(Host{})])
}

// Named reports whether h names anybody.
func (h Host) Named() bool { return h != Host{} }

// identityKey is an Ed25519 public key that can be compared.
type identityKey [ed25519.PublicKeySize]byte

// appointment is a HOST: the founder makes a member a host, or takes that back. It is no member's to send: whoever has it
// may pass it on.
type appointment struct {
	ik identityKey
	// seq is the time of signing in milliseconds since 1970, or one more than the last; the highest one counts.
	seq uint64
	on  bool
}

// openHost verifies a HOST against the host that the link names.
func openHost(m *meeting, host Host, now time.Time, message []byte) (appointment, error) {
	fields, err := checkPrefix(message, typeHost, &m.mid, hostSize)
	if err != nil {
		return appointment{}, err
	}
	founder := ed25519.PublicKey(fields[:32])
	if !host.Named() || HostOf(founder) != host {
		return appointment{}, fail(HostMismatch, "the appointment is not by the host that the link names")
	}
	if !verify(founder, "host", message[:hostSize-signatureSize], message[hostSize-signatureSize:]) {
		return appointment{}, errSignature()
	}
	a := appointment{ik: identityKey(fields[32:64]), seq: binary.BigEndian.Uint64(fields[64:])}
	if a.on, err = parseBool(fields[72]); err != nil {
		return appointment{}, err
	}
	at, life := uint64(now.UnixMilli()), uint64(appointmentLife.Milliseconds())
	if a.on && (a.seq+life < at || a.seq > at+life) {
		return appointment{}, fail(StatementExpired, "the appointment was made long ago: the host has to make it again")
	}
	return a, nil
}

func sealHost(m *meeting, key ed25519.PrivateKey, a appointment) []byte {
	body := appendPrefix(make([]byte, 0, hostSize), typeHost, &m.mid)
	body = append(body, key.Public().(ed25519.PublicKey)...)
	body = append(body, a.ik[:]...)
	body = binary.BigEndian.AppendUint64(body, a.seq)
	return sign(key, "host", append(body, formatBool(a.on)))
}

// guard is a GUARD: from now on members seal to those only whom a host has admitted, or to everybody again.
type guard struct {
	// epoch orders the settings of all hosts; the highest one counts, and of two with one number the one that is on.
	epoch uint64
	on    bool
}

// after reports whether g takes the place of o.
func (g guard) after(o guard) bool { return g.epoch > o.epoch || g.epoch == o.epoch && g.on && !o.on }

func openGuard(m *meeting, from peer, message []byte) (guard, error) {
	fields, err := checkStatement(m, from, typeGuard, "guard", message, guardSize, func([]byte) int { return 0 })
	if err != nil {
		return guard{}, err
	}
	on, err := parseBool(fields[40])
	return guard{epoch: binary.BigEndian.Uint64(fields[32:]), on: on}, err
}

func sealGuard(m *meeting, key ed25519.PrivateKey, self annID, g guard) []byte {
	body := append(appendPrefix(make([]byte, 0, guardSize), typeGuard, &m.mid), self[:]...)
	body = binary.BigEndian.AppendUint64(body, g.epoch)
	return sign(key, "guard", append(body, formatBool(g.on)))
}

// openAdmit verifies an ADMIT and returns whom it admits.
func openAdmit(m *meeting, from peer, message []byte) ([]annID, error) {
	fields, err := checkStatement(m, from, typeAdmit, "admit", message, listFixed, listSize(admitItem))
	if err != nil {
		return nil, err
	}
	var ids []annID
	for items := fields[34 : len(fields)-signatureSize]; len(items) > 0; items = items[admitItem:] {
		ids = append(ids, annID(items))
	}
	return ids, nil
}

func sealAdmit(m *meeting, key ed25519.PrivateKey, self annID, ids []annID) []byte {
	body := listHead(m, typeAdmit, self, len(ids))
	for _, id := range ids {
		body = append(body, id[:]...)
	}
	return sign(key, "admit", body)
}

// removal is one that a host took out of the meeting.
type removal struct {
	id annID
	ik identityKey
}

// openRemove verifies a REMOVE and returns whom it takes out.
func openRemove(m *meeting, from peer, message []byte) ([]removal, error) {
	fields, err := checkStatement(m, from, typeRemove, "remove", message, listFixed, listSize(removeItem))
	if err != nil {
		return nil, err
	}
	var out []removal
	for items := fields[34 : len(fields)-signatureSize]; len(items) > 0; items = items[removeItem:] {
		out = append(out, removal{id: annID(items), ik: identityKey(items[32:])})
	}
	return out, nil
}

func sealRemove(m *meeting, key ed25519.PrivateKey, self annID, removed []removal) []byte {
	body := listHead(m, typeRemove, self, len(removed))
	for _, r := range removed {
		body = append(append(body, r.id[:]...), r.ik[:]...)
	}
	return sign(key, "remove", body)
}

func listHead(m *meeting, t messageType, self annID, n int) []byte {
	body := append(appendPrefix(nil, t, &m.mid), self[:]...)
	return binary.BigEndian.AppendUint16(body, uint16(n))
}

func listSize(item int) func(message []byte) int {
	return func(message []byte) int { return item * int(binary.BigEndian.Uint16(message[listCount:])) }
}

// checkStatement verifies what a member says to everybody and returns what follows the prefix, its announcement id first.
func checkStatement(m *meeting, from peer, t messageType, name string, message []byte, minimum int, extra func([]byte) int) ([]byte, error) {
	fields, err := checkVariable(message, t, &m.mid, minimum, extra)
	if err != nil {
		return nil, err
	}
	if annID(fields[:32]) != from.id {
		return nil, fail(SenderMismatch, "message names another sender than the one it came from")
	}
	end := len(message) - signatureSize
	if !verify(from.ik, name, message[:end], message[end:]) {
		return nil, errSignature()
	}
	return fields, nil
}

func parseBool(b byte) (bool, error) {
	if b > 1 {
		return false, fail(OutOfRange, "a switch is 0 or 1")
	}
	return b == 1, nil
}

func formatBool(b bool) byte {
	if b {
		return 1
	}
	return 0
}
