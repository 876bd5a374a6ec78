package e2ee

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/openconfab/confab/media"
)

var camera = Slot{Source: media.Camera}

func (f *fixture) positive() []vectorCase {
	var cases []vectorCase
	add := func(name, op string, in, out fields) {
		cases = append(cases, vectorCase{Name: name, Op: op, In: in, Out: out})
	}

	announced := func(message []byte, id annID, ik ed25519.PublicKey, created uint64, nonce byte, name string) fields {
		join := make(octets, 16)
		for i := range join {
			join[i] = nonce + byte(i)
		}
		return fields{
			"ann_id": octets(id[:]), "index": id.index(), "created_ms": created, "join_nonce": join, "roles": 1, "ik_pub": octets(ik),
			"kem_pub": octets(message[93 : 93+kemPublicSize]), "name": name,
		}
	}
	add("announcement", "announcement-open", f.announcementIn(), announced(f.AnnA, f.annA, f.ikA(), 1700000000000, 0xa0, "Alice"))
	body := f.annBody("")
	add("announcement without a name", "announcement-open", with(f.announcementIn(), fields{"message": octets(f.announce(body))}),
		announced(body, announcementID(body), f.ikA(), 1700000000000, 0xa0, ""))
	longest := strings.Repeat("é", MaxNameBytes/2)
	body = f.annBody(longest)
	add("announcement with the longest name", "announcement-open", with(f.announcementIn(), fields{"message": octets(f.announce(body))}),
		announced(body, announcementID(body), f.ikA(), 1700000000000, 0xa0, longest))

	add("channel", "channel-open", f.channelIn(), fields{"chan_no": 1, "wrap_key": f.KWrap})

	opened := fields{"gen": f.Gen, "step": f.Step, "commit": f.Commit, "roster": f.Roster, "base_key": f.BaseKey, "ctr": "0"}
	held := func(gen, step uint32, commit octets) fields {
		return fields{"gen": gen, "step": step, "commit": commit}
	}
	add("key", "key-open", f.keyIn(), opened)
	add("key again after the same key", "key-open",
		with(f.keyIn(), fields{"held": held(f.Gen, f.Step, f.Commit), "last_ctr": "8", "wrap": f.wrapOf(f.Key, 9, f.BaseKey)}),
		with(opened, fields{"ctr": "9"}))
	add("key after an older generation of a higher step", "key-open", with(f.keyIn(), fields{"held": held(f.Gen-1, f.Step+5, make(octets, 32))}), opened)
	add("key with the largest counter", "key-open",
		with(f.keyIn(), fields{"last_ctr": "18446744073709551614", "wrap": f.wrapOf(f.Key, 1<<64-1, f.BaseKey)}),
		with(opened, fields{"ctr": "18446744073709551615"}))

	add("key request", "keyreq-open", f.requestIn(), fields{"seq": "7", "gen_hint": 0x42, "have_chan_no": 1})

	for _, h := range []struct {
		bytes    string
		kid, ctr uint64
		length   int
	}{
		{"\x00", 0, 0, 1}, {"\x77rest", 7, 7, 1}, {"\x88\x08\x08", 8, 8, 3},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1<<64 - 1, 1<<64 - 1, 17},
	} {
		add(fmt.Sprintf("header %x", h.bytes), "sframe-header", fields{"bytes": octets(h.bytes)},
			fields{"kid": decimal(h.kid), "ctr": decimal(h.ctr), "length": h.length})
	}

	frames := func(name string, in fields, slot uint8, step uint32, ctrs []string, plaintexts ...string) {
		all, slots := []octets{}, []uint16{}
		for _, p := range plaintexts {
			all, slots = append(all, octets(p)), append(slots, uint16(slot))
		}
		add(name, "frame-open", in, fields{"slots": slots, "ctrs": ctrs, "plaintexts": all, "step": step})
	}
	md := f.FrameMetadata
	frames("frame", f.frameIn(f.Frame), f.Slot, f.Step, []string{"300"}, string(f.FramePlaintext))
	frames("frames out of order within the window",
		f.frameIn(f.frame(camera, 0, 1024, md, "late"), f.frame(camera, 0, 1, md, "early"), f.frame(camera, 0, 2, md, "next")),
		8, f.Step, []string{"1024", "1", "2"}, "late", "early", "next")
	frames("frame one ratchet step ahead, then one of the step before",
		f.frameIn(f.frame(camera, 1, 0, md, "ahead"), f.frame(camera, 0, 5, md, "before")), 8, f.Step+1, []string{"0", "5"}, "ahead", "before")
	frames("frame eight ratchet steps ahead", f.frameIn(f.frame(camera, 8, 0, md, "far")), 8, f.Step+8, []string{"0"}, "far")
	frames("frame at the end of the step field",
		with(f.frameIn(f.frameAt(keyID{f.Gen, 17}, 8, 0, md, "wrapped")), fields{"step": 17}), 8, 17, []string{"0"}, "wrapped")
	frames("frame after the step field wrapped",
		with(f.frameIn(f.frameAtBase(ratchet(f.BaseKey), keyID{f.Gen, 16}, 8, 0, md, "wrapped")), fields{"step": 15}), 8, 16, []string{"0"}, "wrapped")
	frames("frame of a generation above 255",
		with(f.frameIn(f.frameAt(keyID{0x1ff, 0}, 8, 0, md, "high")), fields{"gen": 0x1ff, "step": 0}), 8, 0, []string{"0"}, "high")
	frames("frame without metadata and of no length",
		with(f.frameIn(f.frame(camera, 0, 0, nil, "")), fields{"metadata": ""}), 8, f.Step, []string{"0"}, "")

	for _, topic := range []string{"chat", ""} {
		add(fmt.Sprintf("data message with topic %q", topic), "data-open",
			f.dataIn(topic, f.frame(Slot{Source: media.Data}, 0, 3, appendDataMetadata(nil, topic), "hello")), fields{"plaintext": octets("hello")})
	}

	pair := []octets{octets(f.ikA()), octets(f.ikB())}
	safety := func(name string, code string, keys ...octets) {
		add(name, "safety-code", fields{"secret": f.Secret, "room": f.Room, "ik_pubs": keys}, fields{"code": code})
	}
	safety("safety code of a pair", f.Safety, pair...)
	safety("safety code of a pair, the other way round", f.Safety, pair[1], pair[0])
	safety("safety code counts an identity once", f.Safety, pair[1], pair[0], pair[1])
	safety("safety code of one", safetyCode(f.m, []ed25519.PublicKey{f.ikA()}), pair[0])
	f.hostCases(func(string, string, fields, []byte) {}, add, func(string, string, fields, Code) {})
	return cases
}

func (f *fixture) negative() []vectorCase {
	var cases []vectorCase
	add := func(name, op string, in fields, code Code) {
		cases = append(cases, vectorCase{Name: name, Op: op, In: in, Error: code})
	}
	// common adds what every message is checked for. fixed is whether its length is.
	common := func(name, op string, in fields, message []byte) {
		try := func(what string, message []byte, code Code) {
			add(name+" "+what, op, with(in, fields{"message": octets(message)}), code)
		}
		try("empty", nil, Truncated)
		try("ends in its prefix", message[:prefixSize-1], Truncated)
		try("ends one byte early", message[:len(message)-1], Truncated)
		try("ends after its prefix", message[:prefixSize], Truncated)
		try("with a trailing byte", append(octets{}, append(octets(message), 0)...), TrailingBytes)
		try("of another type", edit(message, 0, message[0]+1), TypeUnexpected)
		try("of version 2", edit(message, 1, 2), VersionUnsupported)
		try("of suite 2", edit(message, 3, 2), SuiteUnsupported)
		add(name+" of a foreign meeting", op, with(in, fields{"room": "other-room"}), MeetingForeign)
	}

	f.negativeAnnouncements(common, add)
	f.negativeChannels(common, add)
	f.negativeKeys(common, add)

	in := f.requestIn()
	common("key request", "keyreq-open", in, f.request(7))
	add("key request in another's name", "keyreq-open", with(in, fields{"sender_ann_id": f.AnnBID}), SenderMismatch)
	add("key request for another", "keyreq-open", with(in, fields{"recipient_ann_id": f.AnnAID}), RecipientMismatch)
	add("key request with a changed number", "keyreq-open", with(in, fields{"message": octets(flip(f.request(7), prefixSize+71))}), SignatureInvalid)
	add("key request replayed", "keyreq-open", with(in, fields{"last_seq": "7"}), RequestStale)
	add("key request out of order", "keyreq-open", with(in, fields{"last_seq": "8"}), RequestStale)

	f.hostCases(common, func(string, string, fields, fields) {}, add)
	f.negativeFrames(add)
	return cases
}

type (
	addCase   func(name, op string, in fields, code Code)
	addCommon func(name, op string, in fields, message []byte)
)

// lowOrder are encodings of X25519 points that give zero whatever the other side's key is.
func lowOrder() map[string][]byte {
	return map[string][]byte{
		"0":              make([]byte, 32),
		"1":              append([]byte{1}, make([]byte, 31)...),
		"of order 8":     fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
		"p-1":            fromHex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"p":              fromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
		"0 with top bit": append(make([]byte, 31), 0x80),
	}
}

func fromHex(text string) octets {
	var o octets
	if err := o.UnmarshalText([]byte(text)); err != nil {
		panic(err)
	}
	return o
}

var lowOrderNames = []string{"0", "1", "of order 8", "p-1", "p", "0 with top bit"}

func (f *fixture) negativeAnnouncements(common addCommon, add addCase) {
	const op = "announcement-open"
	in := f.announcementIn()
	try := func(name string, message []byte, code Code) {
		add(name, op, with(in, fields{"message": octets(message)}), code)
	}
	common("announcement", op, in, f.AnnA)
	body := f.AnnA[:len(f.AnnA)-announcementTail]

	add("announcement by somebody without the secret", op, with(in, fields{"secret": octets(make([]byte, 32))}), MACInvalid)
	try("announcement with a changed mac", flip(f.AnnA, -1), MACInvalid)
	try("announcement with a changed name box", flip(f.AnnA, len(body)-1), MACInvalid)
	try("announcement with a changed join nonce", flip(f.AnnA, prefixSize+8), MACInvalid)

	badSignature := flip(f.AnnA[:len(body)+signatureSize], len(body))
	try("announcement with a changed signature", append(badSignature, announcementMAC(f.m, badSignature)...), SignatureInvalid)
	other := sign(f.b, "announce", body)
	try("announcement signed by another identity", append(other, announcementMAC(f.m, other)...), SignatureInvalid)
	wrongLabel := sign(f.a, "channel", body)
	try("announcement signed as a channel", append(wrongLabel, announcementMAC(f.m, wrongLabel)...), SignatureInvalid)

	try("announcement with reserved roles", f.announce(edit(body, prefixSize+24, 8)), RolesInvalid)

	const kem = prefixSize + 57
	try("announcement with a non-canonical ML-KEM key", f.announce(edit(body, kem, 0xff, 0xff, 0xff)), KEMInvalid)
	try("announcement with an ML-KEM coefficient of q", f.announce(edit(body, kem, 0x01, 0x0d|body[kem+1]&0xf0)), KEMInvalid)
	for _, name := range lowOrderNames {
		try("announcement with X25519 point "+name, f.announce(edit(body, kem+1184, lowOrder()[name]...)), KEMInvalid)
	}

	named := func(box []byte) []byte {
		return f.announce(appendLP(append(octets{}, body[:announcementFixed-2]...), box))
	}
	nonce := body[announcementFixed : announcementFixed+12]
	try("announcement with the name box of another", named(sealName(f.m, f.ikB(), nonce, "Alice")), NameInvalid)
	try("announcement without a name box", named(nil), NameInvalid)
	try("announcement with a name box that is too short", named(make([]byte, nameBoxOverhead-1)), NameInvalid)
	try("announcement with a name over 256 bytes", named(sealName(f.m, f.ikA(), nonce, strings.Repeat("x", MaxNameBytes+1))), NameInvalid)
	try("announcement with a name that is not UTF-8", named(sealName(f.m, f.ikA(), nonce, "\xff")), NameInvalid)
	try("announcement with a line break in the name", named(sealName(f.m, f.ikA(), nonce, "Al\nice")), NameInvalid)
	try("announcement with a C1 control in the name", named(sealName(f.m, f.ikA(), nonce, "Al\u0085ice")), NameInvalid)
}

// annBody is A's announcement body with another name.
func (f *fixture) annBody(name string) []byte {
	fixed := f.AnnA[:announcementFixed-2]
	nonce := f.AnnA[announcementFixed : announcementFixed+12]
	return appendLP(append(octets{}, fixed...), sealName(f.m, f.ikA(), nonce, name))
}

func (f *fixture) negativeChannels(common addCommon, add addCase) {
	const op = "channel-open"
	in := f.channelIn()
	try := func(name string, message []byte, code Code) {
		add(name, op, with(in, fields{"message": octets(message)}), code)
	}
	common("channel", op, in, f.Chan)
	body := f.Chan[:channelBody]

	add("channel in another's name", op, with(in, fields{"sender_ann_id": f.AnnBID}), SenderMismatch)
	add("channel for another", op, with(in, fields{"recipient_ann_id": f.AnnAID}), RecipientMismatch)
	try("channel with a changed enc", flip(f.Chan, channelBody-1), SignatureInvalid)
	try("channel with a changed signature", flip(f.Chan, -1), SignatureInvalid)
	try("channel signed as a key", sign(f.a, "key", body), SignatureInvalid)
	add("channel checked with another identity", op, with(in, fields{"sender_ik_pub": octets(f.ikB())}), SignatureInvalid)
	add("channel replayed", op, with(in, fields{"last_chan_no": 1}), ChannelStale)
	add("channel older than the last", op, with(in, fields{"last_chan_no": 2}), ChannelStale)
	try("channel numbered 0", sign(f.a, "channel", edit(body, prefixSize+64, 0, 0, 0, 0)), ChannelStale)
	for _, name := range lowOrderNames {
		try("channel with X25519 point "+name, sign(f.a, "channel", edit(body, channelBody-32, lowOrder()[name]...)), KEMInvalid)
	}
}

func (f *fixture) negativeKeys(common addCommon, add addCase) {
	const op = "key-open"
	in := f.keyIn()
	try := func(name string, changes fields, code Code) { add(name, op, with(in, changes), code) }
	common("key", op, in, f.Key)

	held := func(gen, step uint32, commit octets) fields {
		return fields{"held": fields{"gen": gen, "step": step, "commit": commit}}
	}
	try("key in another's name", fields{"sender_ann_id": f.AnnBID}, SenderMismatch)
	try("key with a changed commit", fields{"message": octets(flip(f.Key, prefixSize+40))}, SignatureInvalid)
	try("key with a changed signature", fields{"message": octets(flip(f.Key, -1))}, SignatureInvalid)
	try("key signed as a channel", fields{"message": octets(sign(f.a, "channel", f.Key[:keyBody]))}, SignatureInvalid)
	try("key of an older generation", held(f.Gen+1, 0, f.Commit), KeyStale)
	try("key of an older step", held(f.Gen, f.Step+1, f.Commit), KeyStale)
	try("key that equivocates", held(f.Gen, f.Step, flip(f.Commit, 0)), Equivocation)

	wrap := f.wrapBytes()
	try("wrap empty", fields{"wrap": ""}, Truncated)
	try("wrap ends one byte early", fields{"wrap": wrap[:len(wrap)-1]}, Truncated)
	try("wrap with a trailing byte", fields{"wrap": append(wrap[:len(wrap):len(wrap)], 0)}, TrailingBytes)
	try("wrap for another", fields{"recipient_index": f.AIndex}, RecipientMismatch)
	try("wrap replayed", fields{"last_ctr": "0"}, WrapReplayed)
	try("wrap out of order", fields{"last_ctr": "5", "wrap": f.wrapOf(f.Key, 4, f.BaseKey)}, WrapReplayed)
	try("wrap changed", fields{"wrap": octets(flip(wrap, 12))}, WrapInvalid)
	try("wrap with a changed counter", fields{"wrap": octets(flip(wrap, 11))}, WrapInvalid)
	try("wrap of another channel", fields{"wrap_key": octets(flip(f.KWrap, 0))}, WrapInvalid)
	later := sealKey(f.m, f.a, f.annA, keyID{f.Gen, f.Step + 1}, f.NextBase, [32]byte(f.Roster))
	try("wrap of another key message", fields{"message": octets(later)}, WrapInvalid)
	try("wrap that does not match the commit", fields{"wrap": f.wrapOf(f.Key, 0, f.NextBase)}, CommitMismatch)
}

func (f *fixture) negativeFrames(add addCase) {
	headers := []struct {
		name, bytes string
		code        Code
	}{
		{"empty", "", Truncated},
		{"without its KID", "\x80", Truncated},
		{"with half its KID", "\x90\x01", Truncated},
		{"without its counter", "\x0f\x01\x02\x03", Truncated},
		{"with a KID that fits the first byte", "\x80\x07", NotMinimal},
		{"with a KID of a zero byte too many", "\x90\x00\x08", NotMinimal},
		{"with a counter that fits the first byte", "\x08\x00", NotMinimal},
		{"with a counter of a zero byte too many", "\x0a\x00\xff\xff", NotMinimal},
	}
	for _, h := range headers {
		add("header "+h.name, "sframe-header", fields{"bytes": octets(h.bytes)}, h.code)
	}

	md := f.FrameMetadata
	try := func(name string, code Code, frames ...octets) { add(name, "frame-open", f.frameIn(frames...), code) }
	good := f.frame(camera, 0, 300, md, "frame")
	// The header of good: one byte of configuration, seven of KID, two of counter.
	const kidAt, ctrAt, headerSize = 1, 8, 10
	kid := binary.BigEndian.Uint64(append([]byte{0}, good[kidAt:ctrAt]...))
	moved := func(kid uint64) octets {
		return append(appendFrameHeader(nil, kid, 300), good[headerSize:]...)
	}

	try("frame moved to another layer", FrameInvalid, moved(kid+1<<12))
	try("frame moved to another source", SourceMismatch, moved(kid+8<<12))
	try("frame moved to a source that does not exist", SourceMismatch, moved(kid+48<<12))
	try("frame of another sender", SenderMismatch, moved(kid^1<<18))
	try("frame with a KID of over 50 bits", SenderMismatch, moved(kid|1<<50))
	add("frame on a track of another source", "frame-open", with(f.frameIn(good), fields{"source": media.Screen}), SourceMismatch)
	add("frame with changed metadata", "frame-open", with(f.frameIn(good), fields{"metadata": octets(flip(md, 0))}), FrameInvalid)
	try("frame changed", FrameInvalid, flip(good, headerSize))
	try("frame with a changed tag", FrameInvalid, flip(good, -1))
	try("frame with a changed counter", FrameInvalid, flip(good, ctrAt+1))
	try("frame shorter than its tag", FrameInvalid, good[:headerSize+frameTagSize-1])
	try("frame of a header alone", FrameInvalid, good[:headerSize])
	try("frame empty", Truncated, octets{})
	try("frame with a longer header than needed", NotMinimal,
		append(append(octets{good[0] + 1}, append(append(octets{}, good[kidAt:ctrAt]...), 0)...), good[ctrAt:]...))

	try("frame replayed", FrameReplayed, good, good)
	try("frame replayed after others", FrameReplayed, good, f.frame(camera, 0, 301, md, "a"), f.frame(camera, 0, 299, md, "b"), good)
	try("frame below the replay window", FrameReplayed, f.frame(camera, 0, 1024, md, "new"), f.frame(camera, 0, 0, md, "old"))
	try("frame replayed at the edge of the window", FrameReplayed,
		f.frame(camera, 0, 1, md, "first"), f.frame(camera, 0, 1024, md, "new"), f.frame(camera, 0, 1, md, "first"))

	try("frame nine ratchet steps ahead", KeyUnknown, f.frame(camera, 9, 0, md, "far"))
	try("frame of a step before", KeyUnknown, f.frameAt(keyID{f.Gen, f.Step - 1}, 8, 0, md, "before"))
	try("frame of the next generation", KeyUnknown, f.frameAt(keyID{f.Gen + 1, 0}, 8, 0, md, "next"))
	try("frame of the generation before", KeyUnknown, f.frameAt(keyID{f.Gen - 1, f.Step}, 8, 0, md, "last"))
	try("frame of a step ahead that does not authenticate", FrameInvalid, flip(f.frame(camera, 1, 0, md, "ahead"), -1))

	data := f.frame(Slot{Source: media.Data}, 0, 3, appendDataMetadata(nil, "chat"), "hello")
	add("data message of another topic", "data-open", f.dataIn("chats", data), FrameInvalid)
	add("data message that is a camera frame", "data-open", f.dataIn("chat", f.frame(camera, 0, 3, appendDataMetadata(nil, "chat"), "hello")), SourceMismatch)
	add("data message changed", "data-open", f.dataIn("chat", flip(data, -1)), FrameInvalid)
}

func (f *fixture) dataIn(topic string, message octets) fields {
	return fields{"index": f.AIndex, "gen": f.Gen, "step": f.Step, "base_key": f.BaseKey, "topic": topic, "message": message}
}

func (f *fixture) frameAt(id keyID, slot uint8, ctr uint64, metadata []byte, plaintext string) octets {
	return f.frameAtBase(f.BaseKey, id, slot, ctr, metadata, plaintext)
}

func (f *fixture) frameAtBase(base []byte, id keyID, slot uint8, ctr uint64, metadata []byte, plaintext string) octets {
	kid := id.frame(f.AIndex, slot).kid()
	return suiteAES256.newKey(base, kid).seal(nil, new(scratch), kid, ctr, metadata, []byte(plaintext))
}
