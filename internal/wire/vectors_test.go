package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire/pb"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

type vectorHeader struct {
	Keyframe, Discardable, LastOfGroup bool
	TemporalID                         uint8
	Level                              *uint8
	Group, Number                      string
}

func (v vectorHeader) header(t *testing.T) Header {
	h := Header{Group: number(t, v.Group), Number: number(t, v.Number)}
	for flag, set := range map[Flags]bool{FlagKeyframe: v.Keyframe, FlagDiscardable: v.Discardable, FlagLastOfGroup: v.LastOfGroup} {
		if set {
			h.Flags |= flag
		}
	}
	h.Flags = h.Flags.WithTemporalID(v.TemporalID)
	if v.Level != nil {
		h.Flags |= FlagLevel
		h.Level = *v.Level
	}
	return h
}

type vectors struct {
	Varints []struct {
		Name, Value string
		Bytes       hexBytes
	}
	Headers []struct {
		Name   string
		Bytes  hexBytes
		Header vectorHeader
	}
	Objects []struct {
		Name           string
		Bytes, Payload hexBytes
		Header         vectorHeader
	}
	Datagrams []struct {
		Name, Alias   string
		Bytes, Object hexBytes
		MaxObject     int
	}
	GroupStreams []struct {
		Name         string
		Bytes        hexBytes
		MaxObject    int
		Alias, Error *string
		Objects      []hexBytes
	}
	ControlStreams []struct {
		Name     string
		Bytes    hexBytes
		Limit    int
		Messages []hexBytes
		Error    *string
	}
	ControlMessages []struct {
		Name, From string
		Bytes      hexBytes
		Message    json.RawMessage
	}
	VarintsRefused, HeadersRefused, ObjectsRefused, DatagramsRefused []refused

	Errors []struct {
		Code, Ends string
		Retryable  bool
	}
}

type refused struct {
	Name, Error string
	Bytes       hexBytes
	MaxObject   int
}

func loadVectors(t testing.TB) *vectors {
	t.Helper()
	data, err := os.ReadFile("../../spec/vectors/wire-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
	return v
}

func number(t *testing.T, s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantRefused(t *testing.T, cases []refused, decode func(refused) error) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		if err := decode(c); CodeOf(err) != c.Error {
			t.Errorf("%s: got %v, want %s", c.Name, err, c.Error)
		}
	}
}

func TestVectorsVarint(t *testing.T) {
	v := loadVectors(t)
	for _, c := range v.Varints {
		want := number(t, c.Value)
		if got := AppendVarint(nil, want); !bytes.Equal(got, c.Bytes) || VarintLen(want) != len(got) {
			t.Errorf("%s: encoded to %x, length %d", c.Name, got, VarintLen(want))
		}
		got, n, err := ParseVarint(append(slices.Clone(c.Bytes), 0xff))
		if got != want || n != len(c.Bytes) || err != nil {
			t.Errorf("%s: parsed %d in %d bytes, %v", c.Name, got, n, err)
		}
		if got, err := ReadVarint(bytes.NewReader(c.Bytes)); got != want || err != nil {
			t.Errorf("%s: read %d, %v", c.Name, got, err)
		}
	}
	wantRefused(t, v.VarintsRefused, func(c refused) error {
		_, _, err := ParseVarint(c.Bytes)
		return err
	})
	wantRefused(t, v.VarintsRefused, func(c refused) error {
		_, err := ReadVarint(bytes.NewReader(c.Bytes))
		if len(c.Bytes) == 0 && errors.Is(err, io.EOF) {
			return Errorf(c.Error, "the end of a stream between messages is told by io.EOF")
		}
		return err
	})
}

func TestVectorsHeader(t *testing.T) {
	v := loadVectors(t)
	for _, c := range v.Headers {
		want := c.Header.header(t)
		if got := want.Append(nil); !bytes.Equal(got, c.Bytes) {
			t.Errorf("%s: encoded to %x", c.Name, got)
		}
		got, n, err := ParseHeader(append(slices.Clone(c.Bytes), 0xff))
		if got != want || n != len(c.Bytes) || err != nil {
			t.Errorf("%s: parsed %+v in %d bytes, %v", c.Name, got, n, err)
		}
		if got.Keyframe() != c.Header.Keyframe || got.Discardable() != c.Header.Discardable ||
			got.LastOfGroup() != c.Header.LastOfGroup || got.TemporalID() != c.Header.TemporalID ||
			got.LevelPresent() != (c.Header.Level != nil) {
			t.Errorf("%s: accessors disagree with %+v", c.Name, c.Header)
		}
	}
	wantRefused(t, v.HeadersRefused, func(c refused) error {
		_, _, err := ParseHeader(c.Bytes)
		return err
	})
}

func TestVectorsObject(t *testing.T) {
	v := loadVectors(t)
	for _, c := range v.Objects {
		made := NewObject(c.Header.header(t), c.Payload)
		parsed, err := ParseObject(c.Bytes)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		read, err := ReadObject(bytes.NewReader(c.Bytes), len(c.Bytes))
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for how, o := range map[string]*Object{"made": made, "parsed": parsed, "read": read} {
			if !bytes.Equal(o.Bytes(), c.Bytes) || !bytes.Equal(o.Payload(), c.Payload) || o.Header != c.Header.header(t) ||
				o.Len() != len(c.Bytes) || !bytes.Equal(o.HeaderBytes(), c.Bytes[:len(c.Bytes)-len(c.Payload)]) {
				t.Errorf("%s: %s %+v %x", c.Name, how, o.Header, o.Bytes())
			}
			o.Release()
		}
	}
	wantRefused(t, v.ObjectsRefused, func(c refused) error {
		_, err := ParseObject(c.Bytes)
		return err
	})
	wantRefused(t, v.ObjectsRefused, func(c refused) error {
		_, err := ReadObject(bytes.NewReader(c.Bytes), len(c.Bytes))
		return err
	})
}

func TestVectorsDatagram(t *testing.T) {
	v := loadVectors(t)
	for _, c := range v.Datagrams {
		alias, o, err := ParseAliased(c.Bytes, c.MaxObject)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if alias != number(t, c.Alias) || !bytes.Equal(o.Bytes(), c.Object) {
			t.Errorf("%s: alias %d, object %x", c.Name, alias, o.Bytes())
		}
		if got := AppendAliased(nil, alias, o); !bytes.Equal(got, c.Bytes) {
			t.Errorf("%s: encoded to %x", c.Name, got)
		}
		o.Release()
	}
	wantRefused(t, v.DatagramsRefused, func(c refused) error {
		_, _, err := ParseAliased(c.Bytes, c.MaxObject)
		return err
	})
}

func TestVectorsGroupStream(t *testing.T) {
	for _, c := range loadVectors(t).GroupStreams {
		encoded, err := readGroup(c.Bytes, c.MaxObject, func(i int, o *Object) {
			if i >= len(c.Objects) || !bytes.Equal(o.Bytes(), c.Objects[i]) {
				t.Errorf("%s: object %d is %x", c.Name, i, o.Bytes())
			}
		})
		switch {
		case c.Error == nil && (err != nil || !bytes.Equal(encoded, c.Bytes)):
			t.Errorf("%s: encoded again to %x, %v", c.Name, encoded, err)
		case c.Error != nil && CodeOf(err) != *c.Error:
			t.Errorf("%s: got %v, want %s", c.Name, err, *c.Error)
		}
	}
}

// readGroup reads a group's stream as a transport does, and returns it encoded again.
func readGroup(stream []byte, maxObject int, handle func(int, *Object)) (encoded []byte, err error) {
	r := bufio.NewReaderSize(bytes.NewReader(stream), 16)
	alias, err := ReadVarint(r)
	if err == io.EOF {
		return nil, Errorf(CodeMalformed, "a group's stream is empty")
	}
	if err != nil {
		return nil, err
	}
	encoded = AppendVarint(nil, alias)
	for i := 0; ; i++ {
		size, err := ReadObjectSize(r, maxObject)
		if err == io.EOF {
			return encoded, nil
		}
		if err != nil {
			return nil, err
		}
		o, err := ReadObject(r, size)
		if err != nil {
			return nil, err
		}
		handle(i, o)
		encoded = AppendInGroup(encoded, o)
		o.Release()
	}
}

func TestVectorsControlStream(t *testing.T) {
	for _, c := range loadVectors(t).ControlStreams {
		r := bufio.NewReader(bytes.NewReader(c.Bytes))
		var encoded []byte
		for i := 0; ; i++ {
			msg, err := ReadControl(r, c.Limit)
			if err != nil {
				if c.Error == nil && err != io.EOF || c.Error != nil && CodeOf(err) != *c.Error {
					t.Errorf("%s: got %v", c.Name, err)
				}
				if i != len(c.Messages) {
					t.Errorf("%s: %d messages", c.Name, i)
				}
				break
			}
			if i >= len(c.Messages) || !bytes.Equal(msg, c.Messages[i]) {
				t.Errorf("%s: message %d is %x", c.Name, i, msg)
			}
			encoded = AppendControl(encoded, msg)
		}
		if c.Error == nil && !bytes.Equal(encoded, c.Bytes) {
			t.Errorf("%s: encoded again to %x", c.Name, encoded)
		}
	}
}

func TestVectorsControlMessages(t *testing.T) {
	for _, c := range loadVectors(t).ControlMessages {
		got, want := proto.Message(&pb.ClientMessage{}), proto.Message(&pb.ClientMessage{})
		if c.From == "node" {
			got, want = &pb.ServerMessage{}, &pb.ServerMessage{}
		}
		if err := protojson.Unmarshal(c.Message, want); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if err := proto.Unmarshal(c.Bytes, got); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %v, %v", c.Name, got, err)
		}
		if b, err := (proto.MarshalOptions{Deterministic: true}).Marshal(want); err != nil || !bytes.Equal(b, c.Bytes) {
			t.Errorf("%s: encoded to %x, %v", c.Name, b, err)
		}
	}
}

func TestVectorsErrors(t *testing.T) {
	v := loadVectors(t)
	ends := map[string]Ends{"nothing": EndsNothing, "connection": EndsConnection, "session": EndsSession}
	left := maps.Clone(codes)
	for _, c := range v.Errors {
		want, ok := ends[c.Ends]
		if !ok || EndsOf(c.Code) != want || Retryable(c.Code) != c.Retryable {
			t.Errorf("%s: ends %d, retryable %t", c.Code, EndsOf(c.Code), Retryable(c.Code))
		}
		if got := Errorf(c.Code, "because"); got.Retryable != c.Retryable || !errors.Is(got, &Error{Code: c.Code}) {
			t.Errorf("%s: %+v", c.Code, got)
		}
		delete(left, c.Code)
	}
	if len(left) > 0 {
		t.Errorf("not in the vectors: %v", left)
	}
}
