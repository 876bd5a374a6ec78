package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueueOrder(t *testing.T) {
	s := openShop(t, nil)
	first, second, third := s.customer("Mira", ""), s.customer("Jonas", ""), s.customer("", "")
	for i, p := range []*page[customerView]{first, second, third} {
		if v := p.last; v.Contact.Position != i+1 || v.Open || v.Wait.Known {
			t.Errorf("number %d sees %+v %+v", i+1, v, v.Contact)
		}
	}
	if name := third.last.Contact.Name; name != "Guest" {
		t.Errorf("one without a name is %q", name)
	}
	ana := s.agent("ana")
	v := second.await("an estimate", func(v customerView) bool { return v.Open })
	if !v.Wait.Known || v.Wait.Free || v.Wait.Low <= 0 || v.Wait.High < v.Wait.Low || v.Wait.Calls != len(demoCalls) || v.Wait.Agents != 1 {
		t.Errorf("the second with one agent expects %+v", v.Wait)
	}
	second.must("customer/leave", nothing{})
	third.await("the second place", func(v customerView) bool { return v.Contact.Position == 2 })
	second.await("the end", func(v customerView) bool { return v.Contact.State == ended && v.Contact.Outcome == gaveUp })
	queue := ana.await("two", func(v agentView) bool { return len(v.Queue) == 2 }).Queue
	if queue[0].Name != "Mira" || queue[1].Name != "Guest" {
		t.Errorf("the agent sees %+v", queue)
	}
	first.must("customer/ask", question{Name: "Mira"})
	if n := len(ana.last.Queue); n != 2 {
		t.Errorf("asking again from another tab made %d of two", n)
	}
}

// TestPickUpRace: of all agents who want a customer, one gets it.
func TestPickUpRace(t *testing.T) {
	s := openShop(t, nil)
	mira := s.customer("Mira", "")
	agents := []*page[agentView]{s.agent("ana"), s.agent("ben"), s.agent("chloe")}
	codes := make([]string, len(agents))
	var race sync.WaitGroup
	for i, a := range agents {
		race.Go(func() { codes[i] = a.post("desk/pick-up", request{Contact: mira.last.Contact.ID}, nil) })
	}
	race.Wait()
	winner := ""
	for i, code := range codes {
		switch {
		case code == "" && winner == "":
			winner = agents[i].last.Me.ID
		case code != "taken":
			t.Errorf("%s got %q after %q had won", agents[i].last.Me.ID, code, winner)
		}
	}
	v := mira.await("the call", func(v customerView) bool { return v.Contact.State == talking })
	if winner == "" || v.Contact.Agent.ID != winner {
		t.Errorf("%q has won, the customer sees %q", winner, v.Contact.Agent.ID)
	}
}

func TestCustomerClosesPage(t *testing.T) {
	s := openShop(t, func(c *deskConfig) { c.CustomerGrace = 1 })
	ana, mira, jonas := s.agent("ana"), s.customer("Mira", ""), s.customer("Jonas", "")
	ana.await("both", func(v agentView) bool { return len(v.Queue) == 2 })
	mira.leave()
	jonas.await("the first place", func(v customerView) bool { return v.Contact.Position == 1 })
	ana.await("one", func(v agentView) bool { return len(v.Queue) == 1 && v.Queue[0].Name == "Jonas" && v.Today.GaveUp == 1 })
}

// TestRestart: who waited waits on, and is given up who does not come back.
func TestRestart(t *testing.T) {
	s := openShop(t, nil)
	mira := s.customer("Mira", "")
	again, err := openDesk(t.Context(), deskConfig{Data: databaseOf(t, s.desk), Calls: s.calls, ArrivalGrace: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer again.close()
	changes, unsubscribe := again.changes.subscribe()
	defer unsubscribe()
	for {
		c, found, err := findContact(t.Context(), again.db, `WHERE c.id = ?`, mira.last.Contact.ID)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if c.State == ended && c.Outcome == gaveUp {
			return
		}
		<-changes
	}
}

func databaseOf(t *testing.T, d *desk) (file string) {
	t.Helper()
	if err := d.db.QueryRow(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&file); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone []string
		w := newWatch(func(key string) { gone = append(gone, key) })
		defer w.close()
		w.expect("late", time.Minute)
		w.enter("two tabs", "a")
		w.enter("two tabs", "b")
		w.enter("reloads", "a")
		w.leave("two tabs", "a", time.Second)
		w.leave("reloads", "a", 20*time.Second)
		time.Sleep(19 * time.Second)
		w.enter("reloads", "b")
		w.leave("reloads", "a", time.Second) // told twice
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := strings.Join(gone, ", "); got != "late" || !w.here("two tabs") || !w.here("reloads") {
			t.Errorf("gone: %s", got)
		}
		w.leave("two tabs", "b", time.Second)
		w.expect("forgotten", time.Second)
		w.forget("forgotten")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(gone, ", "); got != "late, two tabs" || w.here("two tabs") {
			t.Errorf("gone: %s", got)
		}
	})
}

func TestEstimate(t *testing.T) {
	minutes := func(m ...int) (d []time.Duration) {
		for _, n := range m {
			d = append(d, time.Duration(n)*time.Minute)
		}
		return d
	}
	usual := minutes(4, 2, 6, 8, 10)
	for name, tt := range map[string]struct {
		position, free, duty int
		lengths              []time.Duration
		want                 estimate
	}{
		"nobody is there":       {1, 0, 0, usual, estimate{Calls: 5}},
		"one is free":           {1, 1, 2, usual, estimate{Known: true, Free: true, Calls: 5, Agents: 2}},
		"free, and few calls":   {1, 1, 1, minutes(3), estimate{Known: true, Free: true, Calls: 1, Agents: 1}},
		"few calls":             {2, 1, 1, minutes(3, 3, 3, 3), estimate{Calls: 4, Agents: 1}},
		"next, one agent":       {1, 0, 1, usual, estimate{Known: true, Low: 240, High: 480, Calls: 5, Agents: 1}},
		"third, two agents":     {3, 0, 2, usual, estimate{Known: true, Low: 360, High: 720, Calls: 5, Agents: 2}},
		"third, one is free":    {3, 1, 2, usual, estimate{Known: true, Low: 240, High: 480, Calls: 5, Agents: 2}},
		"calls of equal length": {1, 0, 1, minutes(5, 5, 5, 5, 5), estimate{Known: true, Low: 300, High: 300, Calls: 5, Agents: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := estimateFor(tt.position, tt.free, tt.duty, tt.lengths); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	s := openShop(t, nil)
	p := newPage[agentView](s, "/api/desk/events")
	for path, body := range map[string]any{"desk/pick-up": request{}, "desk/pass": nothing{}, "desk/sign-out": nothing{}} {
		if code := p.post(path, body, nil); code != "unauthorized" {
			t.Errorf("%s without a session: %q", path, code)
		}
	}
	if code := p.post("desk/sign-in", credentials{Agent: "nobody", Password: demoPassword}, nil); code != "wrong-password" {
		t.Errorf("an agent that there is not: %q", code)
	}
	for i := range maxTries {
		if code := p.post("desk/sign-in", credentials{Agent: "ana", Password: "wrong"}, nil); code != "wrong-password" {
			t.Errorf("try %d: %q", i+1, code)
		}
	}
	if code := p.post("desk/sign-in", credentials{Agent: "ana", Password: demoPassword}, nil); code != "too-many-tries" {
		t.Errorf("one try too many: %q", code)
	}
	ben := s.agent("ben")
	ben.must("desk/sign-out", nothing{})
	if code := ben.post("desk/available", request{On: true}, nil); code != "unauthorized" {
		t.Errorf("after signing out: %q", code)
	}
}

func TestRefusals(t *testing.T) {
	s := openShop(t, nil)
	p := newPage[customerView](s, "/api/customer/events")
	if code := p.post("customer/pass", nothing{}, nil); code != "unauthorized" {
		t.Errorf("a pass for nobody: %q", code)
	}
	for name, body := range map[string]any{
		"a long name":       question{Name: strings.Repeat("x", maxName+1)},
		"a control in it":   question{Topic: "a\x1bb"},
		"a long topic":      question{Topic: strings.Repeat("ü", maxTopic+1)},
		"what is not known": map[string]string{"role": "agent"},
		"too much":          question{Page: strings.Repeat("x", maxBody)},
	} {
		if code := p.post("customer/ask", body, nil); code != "invalid" && code != "bad-request" {
			t.Errorf("%s: %q", name, code)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/customer/ask", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://elsewhere.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := p.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another site is answered %s", res.Status)
	}
}
