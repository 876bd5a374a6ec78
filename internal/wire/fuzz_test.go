package wire

import (
	"bufio"
	"bytes"
	"io"
	"testing"
)

const fuzzLimit = 1 << 16

func FuzzParseVarint(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Varints {
		f.Add([]byte(c.Bytes))
	}
	for _, c := range v.VarintsRefused {
		f.Add([]byte(c.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		parsed, n, err := ParseVarint(b)
		read, readErr := ReadVarint(bytes.NewReader(b))
		if (err == nil) != (readErr == nil) {
			t.Fatalf("parsing says %v, reading %v", err, readErr)
		}
		if err != nil {
			if CodeOf(err) != CodeMalformed {
				t.Fatalf("error without a code: %v", err)
			}
			return
		}
		if again := AppendVarint(nil, parsed); !bytes.Equal(again, b[:n]) || read != parsed {
			t.Fatalf("%x became %d became %x", b[:n], parsed, again)
		}
	})
}

func FuzzParseObject(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Objects {
		f.Add([]byte(c.Bytes))
	}
	for _, c := range v.ObjectsRefused {
		f.Add([]byte(c.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseObject(b)
		if err != nil {
			if CodeOf(err) != CodeMalformed {
				t.Fatalf("error without a code: %v", err)
			}
			return
		}
		again := NewObject(o.Header, o.Payload())
		if !bytes.Equal(o.Bytes(), b) || !bytes.Equal(again.Bytes(), b) {
			t.Fatalf("%x became %x and %x", b, o.Bytes(), again.Bytes())
		}
		o.Release()
		again.Release()
	})
}

func FuzzParseAliased(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Datagrams {
		f.Add([]byte(c.Bytes))
	}
	for _, c := range v.DatagramsRefused {
		f.Add([]byte(c.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		alias, o, err := ParseAliased(b, fuzzLimit)
		if err != nil {
			if CodeOf(err) == "" {
				t.Fatalf("error without a code: %v", err)
			}
			return
		}
		if again := AppendAliased(nil, alias, o); !bytes.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
		o.Release()
	})
}

func FuzzGroupStream(f *testing.F) {
	for _, c := range loadVectors(f).GroupStreams {
		f.Add([]byte(c.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		live := LiveObjects()
		encoded, err := readGroup(b, fuzzLimit, func(int, *Object) {})
		if err != nil && CodeOf(err) == "" {
			t.Fatalf("error without a code: %v", err)
		}
		if err == nil && !bytes.Equal(encoded, b) {
			t.Fatalf("%x became %x", b, encoded)
		}
		if LiveObjects() != live {
			t.Fatal("an object leaked")
		}
	})
}

func FuzzReadControl(f *testing.F) {
	for _, c := range loadVectors(f).ControlStreams {
		f.Add([]byte(c.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		var encoded []byte
		for {
			msg, err := ReadControl(r, fuzzLimit)
			if err == io.EOF {
				break
			}
			if err != nil {
				if CodeOf(err) != CodeMalformed {
					t.Fatalf("error without a code: %v", err)
				}
				return
			}
			encoded = AppendControl(encoded, msg)
		}
		if !bytes.Equal(encoded, b) {
			t.Fatalf("%x became %x", b, encoded)
		}
	})
}

func FuzzUnmarshalClient(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x08, 0x01, 0x6a, 0x00})
	f.Add([]byte{0x12, 0x05, 0x0a, 0x01, 0x01, 0x12, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := UnmarshalClient(b, fuzzLimit); err != nil && CodeOf(err) != CodeMalformed {
			t.Fatalf("error without a code: %v", err)
		}
	})
}
