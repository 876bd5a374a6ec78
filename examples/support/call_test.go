package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/openconfab/confab/webhook"
)

// TestTalk: from the question to the note, and what of it is there when the customer comes again.
func TestTalk(t *testing.T) {
	s := openShop(t, nil)
	ana := s.agent("ana")
	mira := s.customer("Mira", "Which lamp?")
	if v := mira.last; !v.Open || !v.Wait.Free || v.Contact.Position != 1 {
		t.Errorf("a customer for whom somebody is free sees %+v", v)
	}
	mirasPlace := ana.await("the customer", func(v agentView) bool { return len(v.Queue) == 1 && !v.Queue[0].Away }).Queue[0]
	if p := mirasPlace; p.Name != "Mira" || p.Topic != "Which lamp?" || p.Page != "Moss table lamp" || p.Earlier != 0 {
		t.Errorf("in the queue is %+v", mirasPlace)
	}
	if code := mira.post("customer/pass", nothing{}, nil); code != "no-call" {
		t.Errorf("a pass without a call: %q", code)
	}
	talks(ana, mira)

	callOfMira, callOfAna := enter(mira, "customer/pass", "Mira"), enter(ana, "desk/pass", "Ana")
	go tell(t, callOfMira, "agent-ana", "hello")
	if heard := hear(t, callOfAna); heard != "hello" {
		t.Errorf("the agent heard %q", heard)
	}
	ana.await("the customer in the call", func(v agentView) bool { return v.Call.CustomerHere })
	mira.await("the agent in the call", func(v customerView) bool { return v.Contact.Agent.Here })
	mira.must("customer/page", map[string]string{"page": "Repairs"})
	ana.await("the page that the customer looks at", func(v agentView) bool { return v.Call.Page == "Repairs" })

	ana.must("desk/hang-up", nothing{})
	<-callOfMira.Done()
	v := mira.await("the end", func(v customerView) bool { return v.Contact.State == ended })
	if v.Contact.Outcome != done || v.Contact.Agent == nil || v.Contact.Ended == nil {
		t.Errorf("at the end the customer sees %+v", v.Contact)
	}
	var kept int
	if err := s.db.QueryRow(`SELECT COUNT(*) FROM contacts WHERE secret IS NOT NULL`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d secrets are kept after their calls, %v", kept, err)
	}
	wrap := ana.await("the note to write", func(v agentView) bool { return v.WrapUp != nil }).WrapUp
	mira.must("customer/ask", question{Name: "Mira"})
	again := mira.await("the second place", func(v customerView) bool { return v.Contact.State == waiting && v.Contact.Position > 0 }).Contact
	if code := ana.post("desk/pick-up", request{Contact: again.ID}, nil); code != "busy" {
		t.Errorf("picked up with a note to write: %q", code)
	}
	ana.must("desk/wrap-up", request{Contact: wrap.ID, Note: " Moss, with a warm bulb. "})
	ana.await("no note to write", func(v agentView) bool { return v.WrapUp == nil })
	talks(ana, mira)
	history := ana.last.Call.History
	if len(history) != 1 || history[0].Note != "Moss, with a warm bulb." || history[0].Agent != "Ana Lima" {
		t.Errorf("the history is %+v", history)
	}
}

// TestHandOver: declined, then accepted; the customer stays in the one call, and is not alone in it.
func TestHandOver(t *testing.T) {
	s := openShop(t, nil)
	ana, ben, mira := s.agent("ana"), s.agent("ben"), s.customer("Mira", "A refund")
	talks(ana, mira)
	callOfMira, callOfAna := enter(mira, "customer/pass", "Mira"), enter(ana, "desk/pass", "Ana")
	if code := ana.post("desk/transfer", request{To: "chloe"}, nil); code != "not-free" {
		t.Errorf("handed to one who is not there: %q", code)
	}

	ana.must("desk/transfer", request{To: "ben", Note: "Wants her money back"})
	asked := ben.await("the question", func(v agentView) bool { return v.Incoming != nil }).Incoming
	if asked.From != "Ana Lima" || asked.Name != "Mira" || asked.Note != "Wants her money back" {
		t.Errorf("asked is %+v", asked)
	}
	if code := ben.post("desk/pass", nothing{}, nil); code != "no-call" {
		t.Errorf("a pass before the answer: %q", code)
	}
	ben.must("desk/answer", request{Transfer: asked.ID})
	ana.await("that it was declined", func(v agentView) bool { return v.Call.Offer != nil && v.Call.Offer.Answer == "declined" })

	ana.must("desk/transfer", request{To: "ben", Note: "She insists on you"})
	asked = ben.await("the second question", func(v agentView) bool { return v.Incoming != nil && v.Incoming.Note == "She insists on you" }).Incoming
	ben.must("desk/answer", request{Transfer: asked.ID, Accept: true})
	v := mira.await("who comes", func(v customerView) bool { return v.Contact.Agent.ID == "ben" })
	if v.Contact.State != talking || v.Contact.Agent.Here {
		t.Errorf("while the colleague is on the way the customer sees %+v", v.Contact)
	}
	ana.await("that the colleague comes", func(v agentView) bool { return v.Call != nil && v.Call.Offer.Answer == "accepted" })
	if code := ana.post("desk/pass", nothing{}, nil); code != "no-call" {
		t.Errorf("a pass for who has handed over: %q", code)
	}
	if callOfAna.Err() != nil {
		t.Error("the first agent is out before the second is in")
	}

	callOfBen := enter(ben, "desk/pass", "Ben")
	<-callOfAna.Done()
	ana.await("being free again", func(v agentView) bool { return v.Call == nil && v.WrapUp == nil })
	go tell(t, callOfMira, "agent-ben", "hello Ben")
	if heard := hear(t, callOfBen); heard != "hello Ben" {
		t.Errorf("the second agent heard %q", heard)
	}
	if callOfMira.Err() != nil {
		t.Errorf("the customer's call was interrupted: %v", callOfMira.Err())
	}
	call := ben.await("the call", func(v agentView) bool { return v.Call != nil && v.Call.CustomerHere }).Call
	if len(call.Handed) != 1 || call.Handed[0].Note != "She insists on you" {
		t.Errorf("handed on with %+v", call.Handed)
	}
	mira.must("customer/leave", nothing{})
	wrap := ben.await("the note to write", func(v agentView) bool { return v.WrapUp != nil }).WrapUp
	if wrap.Outcome != customerLeft {
		t.Errorf("the outcome is %q", wrap.Outcome)
	}
}

// TestAgentVanishes: the customer is at the front, before those who have waited longer.
func TestAgentVanishes(t *testing.T) {
	for name, vanish := range map[string]func(*page[agentView], interface{ Close() error }){
		"the console is closed": func(ana *page[agentView], _ interface{ Close() error }) { ana.leave() },
		"the call is left":      func(_ *page[agentView], call interface{ Close() error }) { call.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, func(c *deskConfig) { c.AgentGrace = 1 })
			jonas, mira := s.customer("Jonas", ""), s.customer("Mira", "")
			ana, ben := s.agent("ana"), s.agent("ben")
			talks(ana, mira)
			meeting := mira.last.Contact.Meeting
			call := enter(ana, "desk/pass", "Ana")
			mira.await("the agent", func(v customerView) bool { return v.Contact.Agent.Here })
			vanish(ana, call)
			v := mira.await("the queue", func(v customerView) bool { return v.Contact.State == waiting })
			if !v.Contact.Returned || v.Contact.Position != 1 {
				t.Errorf("the customer sees %+v", v.Contact)
			}
			jonas.await("the second place", func(v customerView) bool { return v.Contact.Position == 2 })
			talks(ben, mira)
			if mira.last.Contact.Meeting == meeting {
				t.Error("the second call is in the meeting of the first, whose secret the lost agent has")
			}
		})
	}
}

// TestNodeIsDown: a customer who can't be called keeps the first place.
func TestNodeIsDown(t *testing.T) {
	s := openShop(t, nil)
	ana, mira := s.agent("ana"), s.customer("Mira", "")
	s.node.Stop()
	if code := ana.post("desk/pick-up", request{Contact: mira.last.Contact.ID}, nil); code != "node-unreachable" {
		t.Errorf("picked up without a node: %q", code)
	}
	mira.await("the first place", func(v customerView) bool {
		return v.Contact.State == waiting && v.Contact.Position == 1 && v.Contact.Returned
	})
}

func TestForgedWebhook(t *testing.T) {
	s := openShop(t, nil)
	body := `{"type":"participant.left","timestamp":"2030-01-01T00:00:00Z","data":{"room":"r","meeting":true}}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/webhooks/confab", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := webhook.NewSecret().Sign(r.Header, "msg_1", s.now(), bytes.TrimSpace([]byte(body))); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a forged webhook is answered %s", res.Status)
	}
}
