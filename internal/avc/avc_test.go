package avc

import (
	"bytes"
	"testing"
)

var (
	sps   = []byte{0x67, 0x42, 0xe0, 0x1f, 0xda, 0x01, 0x40}
	pps   = []byte{0x68, 0xce, 0x3c, 0x80, 0x01}
	idr   = []byte{0x65, 0x88, 0x84, 0x00, 0x10}
	slice = []byte{0x41, 0x9a, 0x24, 0x6c}
)

func stream(units ...[]byte) []byte {
	var b []byte
	for i, unit := range units {
		// Both forms of the start code are in use.
		b = append(append(b, startCode[i&1:]...), unit...)
	}
	return b
}

func TestKeyframeGoesThereAndBack(t *testing.T) {
	sample, c := FromAnnexB(stream([]byte{0x09, 0xf0}, sps, pps, idr))
	if c == nil || !bytes.Equal(c.SPS, sps) || !bytes.Equal(c.PPS, pps) || c.CodecString() != "avc1.42e01f" {
		t.Fatalf("configuration %+v", c)
	}
	if want := append([]byte{0, 0, 0, 5}, idr...); !bytes.Equal(sample, want) {
		t.Fatalf("sample %x", sample)
	}
	parsed, err := ParseConfig(c.Record())
	if err != nil || !parsed.Equal(c) {
		t.Fatalf("record %x gives %+v, %v", c.Record(), parsed, err)
	}
	back, err := ToAnnexB(sample, parsed)
	if err != nil || !IsAnnexB(back) {
		t.Fatal(back, err)
	}
	again, c2 := FromAnnexB(back)
	if !bytes.Equal(again, sample) || c2 == nil || !c2.Equal(c) {
		t.Errorf("back again: %x, %+v", again, c2)
	}
}

func TestOtherFramesCarryNoParameterSets(t *testing.T) {
	sample, c := FromAnnexB(stream(slice, slice))
	if c != nil || len(sample) != 2*(4+len(slice)) {
		t.Fatalf("%x, %+v", sample, c)
	}
	back, err := ToAnnexB(sample, &Config{SPS: sps, PPS: pps})
	if err != nil || bytes.Contains(back, sps) {
		t.Errorf("%x, %v", back, err)
	}
}

func TestBrokenData(t *testing.T) {
	good := (&Config{SPS: sps, PPS: pps}).Record()
	for size := range good {
		if _, err := ParseConfig(good[:size]); err == nil {
			t.Errorf("a record cut at %d of %d was accepted", size, len(good))
		}
	}
	for _, sample := range [][]byte{nil, {0}, {0, 0, 0, 9, 1}, {255, 255, 255, 255}, {0, 0, 0, 0}} {
		if _, err := ToAnnexB(sample, &Config{SPS: sps, PPS: pps}); err != ErrBroken {
			t.Errorf("%x: %v", sample, err)
		}
	}
}

func FuzzAVC(f *testing.F) {
	f.Add(stream(sps, pps, idr))
	f.Add((&Config{SPS: sps, PPS: pps}).Record())
	f.Add(append([]byte{0, 0, 0, 5}, idr...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if sample, c := FromAnnexB(data); c != nil {
			parsed, err := ParseConfig(c.Record())
			if err != nil || !parsed.Equal(c) {
				t.Fatalf("%x: record %x gives %v", data, c.Record(), err)
			}
			if back, err := ToAnnexB(sample, c); err == nil && !IsAnnexB(back) {
				t.Fatalf("%x: not a byte stream: %x", data, back)
			}
		}
		if c, err := ParseConfig(data); err == nil {
			_, _ = ToAnnexB(data, c)
		}
	})
}
