package e2ee

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
)

// mixedRoom is a node for guests of both languages, in virtual time of whole milliseconds.
type mixedRoom struct {
	t      *testing.T
	bundle string
	start  time.Time
	now    int64
	guests map[string]guest
	names  []string
	lose   func(from, to string, common []byte) bool
}

// missing skips on a machine without Node; in continuous integration it is a failure, for there the test must run.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

func newMixedRoom(t *testing.T) *mixedRoom {
	web, err := filepath.Abs("../web")
	if err != nil {
		t.Fatal(err)
	}
	esbuild := filepath.Join(web, "node_modules/.bin/esbuild")
	if _, err := os.Stat(esbuild); err != nil {
		missing(t, "needs web's dependencies: run npm ci in web")
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "needs Node")
	}
	bundle := filepath.Join(t.TempDir(), "peer.mjs")
	build := exec.Command(esbuild, "testdata/peer.ts", "--bundle", "--platform=node", "--format=esm", "--log-level=warning", "--outfile="+bundle)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return &mixedRoom{t: t, bundle: bundle, start: time.UnixMilli(1_700_000_000_000), guests: map[string]guest{}}
}

func (r *mixedRoom) time() time.Time { return r.start.Add(time.Duration(r.now) * time.Millisecond) }

// enter makes a guest whose language is the beginning of its name.
func (r *mixedRoom) enter(name string, secret Secret) guest {
	r.t.Helper()
	var g guest
	if strings.HasPrefix(name, "go") {
		s, err := New(Config{Secret: secret, Room: "mixed", Name: name, Roles: Publisher}, r.time())
		if err != nil {
			r.t.Fatal(err)
		}
		g = &goGuest{t: r.t, s: s, r: r}
	} else {
		g = r.startTS(name, secret)
	}
	for _, o := range r.names {
		other := r.guests[o]
		if a, b := other.joined(name, g.announcement()), g.joined(o, other.announcement()); a != b || secret == simSecret && a != "" {
			r.t.Fatalf("%s of %s: %q; the other way: %q", o, name, a, b)
		}
	}
	r.guests[name] = g
	r.names = append(r.names, name)
	r.settle()
	return g
}

func (r *mixedRoom) startTS(name string, secret Secret) *tsGuest {
	process := exec.Command("node", r.bundle)
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := in.Close(); err != nil {
			r.t.Error(err)
		}
		if err := process.Wait(); err != nil {
			r.t.Error(err)
		}
	})
	g := &tsGuest{t: r.t, r: r, in: in, out: bufio.NewReader(out), last: -1}
	g.do(tsCommand{Op: "create", Session: name, Text: "mixed", A: secret[:], Roles: Publisher}, &g.ann)
	return g
}

func (r *mixedRoom) leave(name string) {
	delete(r.guests, name)
	r.names = slices.DeleteFunc(r.names, func(n string) bool { return n == name })
	for _, n := range r.names {
		r.guests[n].left(name)
	}
	r.settle()
}

// settle does all that is due now.
func (r *mixedRoom) settle() {
	r.t.Helper()
	for busy := true; busy; {
		busy = false
		for _, name := range r.names {
			g := r.guests[name]
			if w := g.wake(); w >= 0 && w <= r.now {
				g.advance()
				busy = true
			}
			for _, o := range g.outgoing() {
				busy = true
				for _, p := range o.Parts {
					to := r.guests[p.To]
					if to == nil || r.lose != nil && r.lose(name, p.To, o.Common) {
						continue
					}
					if code := to.receive(name, o.Common, p.Payload); code != "" {
						r.t.Fatalf("%s from %s: %s", p.To, name, code)
					}
				}
			}
		}
	}
}

func (r *mixedRoom) pass(d time.Duration) {
	r.t.Helper()
	for end := r.now + d.Milliseconds(); ; {
		next := end
		for _, name := range r.names {
			if w := r.guests[name].wake(); w >= 0 {
				next = min(next, max(w, r.now))
			}
		}
		r.now = next
		r.settle()
		if next == end {
			return
		}
	}
}

// everybodyTalks has each guest seal a frame and a data message, and all others open them.
func (r *mixedRoom) everybodyTalks(what string) {
	r.t.Helper()
	for _, from := range r.names {
		header, want := []byte(from), fmt.Sprintf("%s by %s", what, from)
		frame := r.guests[from].seal(Slot{media.Camera, 2}, header, []byte(want))
		data := r.guests[from].sealData("chat", []byte(want))
		for _, to := range r.names {
			if to == from {
				continue
			}
			if got, code := r.guests[to].open(from, media.Camera, header, frame); got != want {
				r.t.Errorf("%s: %s got %q of %s, %s", what, to, got, from, code)
			}
			if got, code := r.guests[to].openData(from, "chat", data); got != want {
				r.t.Errorf("%s: %s got data %q of %s, %s", what, to, got, from, code)
			}
		}
	}
	code := r.guests[r.names[0]].safetyCode()
	for _, name := range r.names {
		if got := r.guests[name].safetyCode(); got != code {
			r.t.Errorf("%s: %s shows safety code %s, others %s", what, name, got, code)
		}
	}
}

// The two implementations in one room, through all that happens to keys.
func TestGoAndTypeScriptInOneRoom(t *testing.T) {
	r := newMixedRoom(t)
	for _, name := range []string{"go1", "ts1", "go2", "ts2"} {
		r.enter(name, simSecret)
	}
	r.everybodyTalks("at first")

	before := r.guests["ts1"].seal(camera, nil, []byte("before"))
	r.enter("go3", simSecret)
	r.enter("ts3", simSecret)
	r.pass(time.Second)
	r.everybodyTalks("after ratchets")
	for _, name := range []string{"go3", "ts3"} {
		if got, code := r.guests[name].open("ts1", media.Camera, nil, before); code != KeyUnknown {
			t.Errorf("%s got %q from before it came, %s", name, got, code)
		}
	}

	r.pass(beatsMissed*beatPublisher + beatSlack + beatPublisher)
	r.everybodyTalks("after heartbeats")

	gone := map[string]guest{"go1": r.guests["go1"], "ts1": r.guests["ts1"]}
	r.leave("go1")
	r.leave("ts1")
	r.pass(4 * time.Second)
	r.everybodyTalks("after a rotation")
	for _, from := range []string{"go2", "ts2"} {
		frame := r.guests[from].seal(camera, nil, []byte("secret"))
		for name, g := range gone {
			if code := g.holds(from, media.Camera, nil, frame); code != KeyMissing {
				t.Errorf("%s, who left, opens a frame of %s: %q", name, from, code)
			}
		}
	}
	r.pass(pendingTime)
	for name, g := range gone {
		g.advance()
		if got := g.opened(); len(got) != 0 {
			t.Errorf("%s, who left, opened %q", name, got)
		}
	}

	for i := range maxRatchets + 2 {
		for _, from := range []string{"go2", "ts2"} {
			frame := r.guests[from].seal(microphone, nil, []byte("used"))
			for _, to := range []string{"go3", "ts3"} {
				if _, code := r.guests[to].open(from, media.Microphone, nil, frame); code != "" {
					t.Errorf("before join %d: %s opens %s: %s", i, to, from, code)
				}
			}
		}
		r.enter(fmt.Sprintf("go-%d", i), simSecret)
		r.pass(joinWait)
	}
	r.pass(firstUseWait + firstUseJitter)
	r.everybodyTalks("after many joins")
}

func TestGoAndTypeScriptAskEachOtherForKeys(t *testing.T) {
	for _, names := range [][2]string{{"go", "ts"}, {"ts", "go"}} {
		t.Run(names[1]+" asks", func(t *testing.T) {
			r := newMixedRoom(t)
			r.enter(names[0], simSecret)
			lost := true
			r.lose = func(from, _ string, _ []byte) bool { return lost && from == names[0] }
			asker := r.enter(names[1], simSecret)
			frame := r.guests[names[0]].seal(camera, nil, []byte("waits"))
			if code := asker.holds(names[0], media.Camera, nil, frame); code != KeyMissing {
				t.Fatalf("without the key: %s", code)
			}
			lost = false
			r.pass(1500 * time.Millisecond)
			if got := asker.opened(); !slices.Equal(got, []string{"waits"}) {
				t.Errorf("opened %q", got)
			}
			r.everybodyTalks("after asking")
		})
	}
}

func TestGoAndTypeScriptRefuseStrangers(t *testing.T) {
	r := newMixedRoom(t)
	for _, name := range []string{"go1", "ts1"} {
		r.enter(name, simSecret)
	}
	for _, name := range []string{"go2", "ts2"} {
		stranger := r.enter(name, Secret{9})
		if got := stranger.joined("again", r.guests["go1"].announcement()); got != MACInvalid {
			t.Errorf("%s of go1: %q", name, got)
		}
		for _, member := range []string{"go1", "ts1"} {
			if _, code := stranger.open(member, media.Camera, nil, r.guests[member].seal(camera, nil, []byte("x"))); code != MemberRejected {
				t.Errorf("%s opens %s: %s", name, member, code)
			}
		}
	}
}
