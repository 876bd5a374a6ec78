package e2ee

import (
	"bufio"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// guest is a member of a mixed room, in whichever language.
type guest interface {
	announcement() []byte
	joined(name string, announcement []byte) Code
	left(name string)
	receive(from string, common, payload []byte) Code
	advance()
	// wake is in milliseconds since the start, -1 for never.
	wake() int64
	outgoing() []Outgoing
	seal(slot Slot, header, plaintext []byte) []byte
	open(from string, source media.Source, header, frame []byte) (string, Code)
	// holds hands over a frame that has to wait for its key; what becomes of it is in opened.
	holds(from string, source media.Source, header, frame []byte) Code
	sealData(topic string, plaintext []byte) []byte
	openData(from, topic string, payload []byte) (string, Code)
	// opened takes the texts of frames that had to wait.
	opened() []string
	safetyCode() string
}

// goGuest is a Session.
type goGuest struct {
	t *testing.T
	s *Session
	r *mixedRoom
}

func (g *goGuest) announcement() []byte { return g.s.Announcement() }
func (g *goGuest) joined(name string, a []byte) Code {
	return CodeOf(g.s.MemberJoined(name, a, g.r.time()))
}
func (g *goGuest) left(name string) { g.s.MemberLeft(name, g.r.time()) }
func (g *goGuest) receive(from string, common, payload []byte) Code {
	return CodeOf(g.s.Receive(from, common, payload, g.r.time()))
}
func (g *goGuest) advance() { g.s.Advance(g.r.time()) }
func (g *goGuest) wake() int64 {
	if w := g.s.NextWake(); !w.IsZero() {
		// Rounded up: the time of the room has whole milliseconds.
		return (w.Sub(g.r.start) + time.Millisecond - 1).Milliseconds()
	}
	return -1
}
func (g *goGuest) outgoing() []Outgoing { return g.s.Outgoing() }
func (g *goGuest) seal(slot Slot, header, plaintext []byte) []byte {
	out, err := g.s.Seal(nil, slot, header, plaintext)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}
func (g *goGuest) open(from string, source media.Source, header, frame []byte) (string, Code) {
	out, _, err := g.s.Open(nil, from, Object{Source: source, Header: header, Payload: frame}, g.r.time())
	return string(out), CodeOf(err)
}
func (g *goGuest) holds(from string, source media.Source, header, frame []byte) Code {
	_, code := g.open(from, source, header, frame)
	return code
}
func (g *goGuest) sealData(topic string, plaintext []byte) []byte {
	out, err := g.s.SealData(nil, topic, plaintext)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}
func (g *goGuest) openData(from, topic string, payload []byte) (string, Code) {
	out, err := g.s.OpenData(nil, from, topic, payload, g.r.time())
	return string(out), CodeOf(err)
}
func (g *goGuest) opened() (texts []string) {
	for _, o := range g.s.Opened() {
		texts = append(texts, string(o.Plaintext))
	}
	return texts
}
func (g *goGuest) safetyCode() string { return g.s.SafetyCode() }

// tsGuest is a session of the TypeScript implementation in a process of its own.
type tsGuest struct {
	t    *testing.T
	r    *mixedRoom
	in   io.WriteCloser
	out  *bufio.Reader
	ann  []byte
	last int64
	sent []Outgoing
}

type tsCommand struct {
	Op      string       `json:"op"`
	Now     int64        `json:"now"`
	Text    string       `json:"text"`
	Session string       `json:"session"`
	Source  media.Source `json:"source"`
	Layer   uint8        `json:"layer"`
	Roles   Roles        `json:"roles"`
	Flag    bool         `json:"flag"`
	A       []byte       `json:"a"`
	B       []byte       `json:"b"`
}

type tsOpened struct {
	Plaintext []byte
	Code      Code
}

// do has the process carry out a command and keeps what follows from it.
func (g *tsGuest) do(c tsCommand, result any) {
	g.t.Helper()
	c.Now = g.r.now
	line, err := json.Marshal(c)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.in.Write(append(line, '\n')); err != nil {
		g.t.Fatal(err)
	}
	line, err = g.out.ReadBytes('\n')
	if err != nil {
		g.t.Fatalf("%s: the TypeScript side ended: %v", c.Op, err)
	}
	var answer struct {
		Result json.RawMessage
		Wake   *float64
		Sent   []Outgoing
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		g.t.Fatalf("%s: %v in %s", c.Op, err, line)
	}
	g.last = -1
	if answer.Wake != nil {
		g.last = int64(*answer.Wake + 0.999)
	}
	g.sent = append(g.sent, answer.Sent...)
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			g.t.Fatalf("%s: %v in %s", c.Op, err, line)
		}
	}
}

func (g *tsGuest) announcement() []byte { return g.ann }
func (g *tsGuest) joined(name string, a []byte) (code Code) {
	g.do(tsCommand{Op: "joined", Session: name, A: a}, &code)
	return code
}
func (g *tsGuest) left(name string) { g.do(tsCommand{Op: "left", Session: name}, nil) }
func (g *tsGuest) receive(from string, common, payload []byte) (code Code) {
	g.do(tsCommand{Op: "receive", Session: from, A: common, B: payload}, &code)
	return code
}
func (g *tsGuest) advance()    { g.do(tsCommand{Op: "advance"}, nil) }
func (g *tsGuest) wake() int64 { return g.last }
func (g *tsGuest) outgoing() []Outgoing {
	sent := g.sent
	g.sent = nil
	return sent
}
func (g *tsGuest) seal(slot Slot, header, plaintext []byte) (sealed []byte) {
	g.do(tsCommand{Op: "seal", Source: slot.Source, Layer: slot.Layer, A: header, B: plaintext}, &sealed)
	return sealed
}
func (g *tsGuest) open(from string, source media.Source, header, frame []byte) (string, Code) {
	var o tsOpened
	g.do(tsCommand{Op: "open", Session: from, Source: source, A: header, B: frame}, &o)
	return string(o.Plaintext), o.Code
}
func (g *tsGuest) holds(from string, source media.Source, header, frame []byte) Code {
	var o tsOpened
	g.do(tsCommand{Op: "open", Session: from, Source: source, A: header, B: frame, Flag: true}, &o)
	return o.Code
}
func (g *tsGuest) sealData(topic string, plaintext []byte) (sealed []byte) {
	g.do(tsCommand{Op: "sealData", Text: topic, B: plaintext}, &sealed)
	return sealed
}
func (g *tsGuest) openData(from, topic string, payload []byte) (string, Code) {
	var o tsOpened
	g.do(tsCommand{Op: "openData", Session: from, Text: topic, B: payload}, &o)
	return string(o.Plaintext), o.Code
}
func (g *tsGuest) opened() (texts []string) {
	var waited []tsOpened
	g.do(tsCommand{Op: "waited"}, &waited)
	for _, o := range waited {
		if o.Code == "" {
			texts = append(texts, string(o.Plaintext))
		}
	}
	return texts
}
func (g *tsGuest) safetyCode() (code string) {
	g.do(tsCommand{Op: "safetyCode"}, &code)
	return code
}
