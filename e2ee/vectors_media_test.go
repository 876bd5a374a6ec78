package e2ee

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/openconfab/confab/media"
)

func recordCases() []vectorCase {
	var cases []vectorCase
	good := func(name string, record []byte, f media.Frame) {
		cases = append(cases, vectorCase{Name: name, Op: "record-parse", In: fields{"record": octets(record)}, Out: recordFields(&f)})
	}
	bad := func(name string, code Code, record ...[]byte) {
		cases = append(cases, vectorCase{Name: name, Op: "record-parse", In: fields{"record": octets(bytes.Join(record, nil))}, Error: code})
	}
	us := func(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

	good("opus", []byte{1, 1, 0, 0x80, 0x01, 0xe2, 0x40, 0x80, 0x00, 0x4e, 0x20, 0xf8, 0xff, 0xfe}, media.Frame{
		Codec: media.Opus, Timestamp: us(123456), Duration: us(20000), Payload: []byte{0xf8, 0xff, 0xfe},
	})
	good("opus with redundancy", []byte{1, 1, 0x10, 0x40, 0x40, 0, 0x80, 0, 0x4e, 0x20, 2, 0xaa, 0xbb, 0xcc}, media.Frame{
		Codec: media.Opus, Timestamp: us(64), Redundancy: &media.Redundancy{Delta: us(20000), Payload: []byte{0xaa, 0xbb}}, Payload: []byte{0xcc},
	})
	good("vp8 delta frame", []byte{1, 2, 0, 0, 0, 9}, media.Frame{Codec: media.VP8, Payload: []byte{9}})
	good("vp8 keyframe with dimensions and config", append([]byte{1, 2, 3, 0x3f, 0x40, 0x40, 0x45, 0x00, 0x42, 0xd0, 3}, "vp8\x00\x00\x01\x02"...), media.Frame{
		Codec: media.VP8, Timestamp: us(63), Duration: us(64), Width: 1280, Height: 720,
		Config: &media.DecoderConfig{Codec: "vp8"}, Payload: []byte{1, 2},
	})
	good("h264 keyframe with description, turned right", append([]byte{1, 4, 7, 0, 0, 1, 1, 11}, "avc1.42001f\x00\x02\x01\x42\xff"...), media.Frame{
		Codec: media.H264, Width: 1, Height: 1, Rotation: 90,
		Config: &media.DecoderConfig{Codec: "avc1.42001f", Description: []byte{1, 0x42}}, Payload: []byte{0xff},
	})
	good("vp9 turned upside down", []byte{1, 3, 8, 0, 0, 7}, media.Frame{Codec: media.VP9, Rotation: 180, Payload: []byte{7}})
	good("av1 turned left, largest dimensions", []byte{1, 5, 14, 0, 0, 0x80, 0, 0x40, 0, 0x80, 0, 0x40, 0, 7}, media.Frame{
		Codec: media.AV1, Rotation: 270, Width: 16384, Height: 16384, Payload: []byte{7},
	})
	good("largest times", append([]byte{1, 2, 0}, 0xc0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), media.Frame{
		Codec: media.VP8, Timestamp: us(maxExact), Duration: us(maxExact), Payload: []byte{1},
	})
	long := strings.Repeat("x", 255)
	good("longest codec string", append(append([]byte{1, 5, 1, 0, 0, 255}, long...), 0, 0, 1), media.Frame{
		Codec: media.AV1, Config: &media.DecoderConfig{Codec: long}, Payload: []byte{1},
	})

	bad("empty", Truncated)
	bad("ends in the fixed part", Truncated, []byte{1, 1})
	bad("ends before the timestamp", Truncated, []byte{1, 1, 0})
	bad("ends in the timestamp", Truncated, []byte{1, 1, 0, 0x40})
	bad("ends before the duration", Truncated, []byte{1, 1, 0, 0})
	bad("ends before the height", Truncated, []byte{1, 2, 2, 0, 0, 1})
	bad("ends in the codec string", Truncated, []byte{1, 2, 1, 0, 0, 3, 'v', 'p', '8', 0})
	bad("ends in the description", Truncated, []byte{1, 2, 1, 0, 0, 3, 'v', 'p', '8', 0, 2, 1})
	bad("ends in the redundancy", Truncated, []byte{1, 1, 0x10, 0, 0, 1, 2, 0xaa})
	bad("redundancy of absurd length", Truncated, []byte{1, 1, 0x10, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	bad("version 0", VersionUnsupported, []byte{0, 1, 0, 0, 0, 1})
	bad("version 2", VersionUnsupported, []byte{2, 1, 0, 0, 0, 1})
	bad("codec 0", CodecUnknown, []byte{1, 0, 0, 0, 0, 1})
	bad("codec 6", CodecUnknown, []byte{1, 6, 0, 0, 0, 1})
	for _, bit := range []byte{5, 6, 7} {
		bad("reserved flag "+string('0'+bit), FlagsInvalid, []byte{1, 2, 1 << bit, 0, 0, 1})
	}
	bad("opus with config", FlagsInvalid, []byte{1, 1, 1, 0, 0, 4}, []byte("opus\x00\x00\x01"))
	bad("opus with dimensions", FlagsInvalid, []byte{1, 1, 2, 0, 0, 1, 1, 1})
	bad("opus turned", FlagsInvalid, []byte{1, 1, 4, 0, 0, 1})
	bad("vp8 with redundancy", FlagsInvalid, []byte{1, 2, 0x10, 0, 0, 1, 1, 1, 1})
	bad("timestamp not minimal", NotMinimal, []byte{1, 1, 0, 0x40, 0x3f, 0, 1})
	bad("duration not minimal", NotMinimal, []byte{1, 1, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 1, 1})
	bad("width not minimal", NotMinimal, []byte{1, 2, 2, 0, 0, 0x80, 0, 0, 1, 1, 1})
	bad("redundancy length not minimal", NotMinimal, []byte{1, 1, 0x10, 0, 0, 1, 0x40, 1, 1, 1})
	bad("timestamp too large", OutOfRange, []byte{1, 2, 0, 0xc0, 0x20, 0, 0, 0, 0, 0, 0, 0, 1})
	bad("duration too large", OutOfRange, []byte{1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	bad("width 0", OutOfRange, []byte{1, 2, 2, 0, 0, 0, 1, 1})
	bad("height 16385", OutOfRange, []byte{1, 2, 2, 0, 0, 1, 0x80, 0, 0x40, 1, 1})
	bad("redundancy of this frame", OutOfRange, []byte{1, 1, 0x10, 0, 0, 0, 1, 1, 1})
	bad("codec string empty", TextInvalid, []byte{1, 2, 1, 0, 0, 0, 0, 0, 1})
	bad("codec string with a control character", TextInvalid, []byte{1, 2, 1, 0, 0, 1, 0x1f, 0, 0, 1})
	bad("codec string not ASCII", TextInvalid, []byte{1, 2, 1, 0, 0, 2, 0xc3, 0xa9, 0, 0, 1})
	bad("no payload", PayloadEmpty, []byte{1, 2, 0, 0, 0})
	bad("redundancy without payload", PayloadEmpty, []byte{1, 1, 0x10, 0, 0, 1, 0, 1})
	return cases
}

func linkCases() []vectorCase {
	var cases []vectorCase
	var s Secret
	for i := range s {
		s[i] = byte(i)
	}
	const text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	host := HostOf(bytes.Repeat([]byte{7}, 32))
	named := "." + base64.RawURLEncoding.EncodeToString(host[:])
	fragment := func(name, fragment string, code Code) {
		c := vectorCase{Name: name, Op: "fragment-parse", In: fields{"fragment": fragment}, Error: code}
		if code == "" {
			c.Out = fields{"secret": octets(s[:]), "host": nil}
		}
		if code == "" && strings.HasSuffix(fragment, named) {
			c.Out["host"] = octets(host[:])
		}
		cases = append(cases, c)
	}
	fragment("fragment", "e1."+text, "")
	fragment("fragment with a host", "e1."+text+named, "")
	fragment("fragment with an empty host", "e1."+text+".", LinkInvalid)
	fragment("fragment with a host cut off", "e1."+text+named[:22], LinkInvalid)
	fragment("fragment with a host that is too long", "e1."+text+named+"A", LinkInvalid)
	fragment("fragment with two hosts", "e1."+text+named+named, LinkInvalid)
	fragment("fragment with stray bits at the end of the host", "e1."+text+named[:22]+"_", LinkInvalid)
	fragment("fragment with a host of zero", "e1."+text+"."+strings.Repeat("A", 22), LinkInvalid)
	fragment("fragment with a host and no secret", "e1."+named, LinkInvalid)
	fragment("fragment empty", "", LinkInvalid)
	fragment("fragment without version", text, LinkInvalid)
	fragment("fragment with upper-case version", "E1."+text, LinkInvalid)
	fragment("fragment of version 2", "e2."+text, VersionUnsupported)
	fragment("fragment with hash", "#e1."+text, LinkInvalid)
	fragment("fragment without secret", "e1.", LinkInvalid)
	fragment("fragment cut off", "e1."+text[:42], LinkInvalid)
	fragment("fragment too long", "e1."+text+"A", LinkInvalid)
	fragment("fragment with padding", "e1."+text+"=", LinkInvalid)
	fragment("fragment with a space", "e1."+text+" ", LinkInvalid)
	fragment("fragment with a line break inside", "e1."+text[:41]+"\r\n", LinkInvalid)
	fragment("fragment in the other alphabet", "e1.+"+text[1:], LinkInvalid)
	fragment("fragment with stray bits at the end", "e1."+text[:42]+"9", LinkInvalid)
	fragment("fragment all zero", "e1."+strings.Repeat("A", 43), LinkInvalid)

	link := func(name, link, room string, secret Secret, code Code) {
		c := vectorCase{Name: name, Op: "link-parse", In: fields{"link": link}, Error: code}
		invitation := Invitation{Secret: secret}
		if strings.HasSuffix(link, named) {
			invitation.Host = host
		}
		if code == "" {
			c.Out = linkFields(room, invitation)
		}
		cases = append(cases, c)
	}
	link("link", "https://meet.example.org/m/demo-room#e1."+text, "demo-room", s, "")
	link("link with a host", "https://meet.example.org/m/demo-room#e1."+text+named, "demo-room", s, "")
	link("link with port and path", "https://example.org:8443/calls/m/A.b_c-9#e1."+text, "A.b_c-9", s, "")
	link("link for development", "http://localhost:4443/m/r#e1."+text, "r", s, "")
	link("link with query", "https://meet.example.org/m/demo-room?embed=1#e1."+text, "demo-room", s, "")
	link("link without fragment", "https://meet.example.org/m/demo-room", "demo-room", Secret{}, "")
	link("link with empty fragment", "https://meet.example.org/m/demo-room#", "demo-room", Secret{}, "")
	link("link with room of 64", "https://h/m/"+strings.Repeat("r", 64)+"#e1."+text, strings.Repeat("r", 64), s, "")
	link("link with damaged secret", "https://meet.example.org/m/demo-room#e1."+text[1:], "", s, LinkInvalid)
	link("link with another fragment", "https://meet.example.org/m/demo-room#top", "", s, LinkInvalid)
	link("link of another kind", "https://meet.example.org/r/demo-room#e1."+text, "", s, LinkInvalid)
	link("link without host", "/m/demo-room#e1."+text, "", s, LinkInvalid)
	link("link of another scheme", "ftp://meet.example.org/m/demo-room#e1."+text, "", s, LinkInvalid)
	link("link without room", "https://meet.example.org/m/#e1."+text, "", s, RoomInvalid)
	link("link with room of 65", "https://h/m/"+strings.Repeat("r", 65)+"#e1."+text, "", s, RoomInvalid)
	link("link with escaped room", "https://meet.example.org/m/demo%20room#e1."+text, "", s, RoomInvalid)
	return cases
}
