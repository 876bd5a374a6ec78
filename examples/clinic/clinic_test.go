package main

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// TestStory: a patient books, comes, waits, is let in, comes back after a reload, and takes a summary home.
func TestStory(t *testing.T) {
	r := start(t)
	doctor := r.doctor("okafor")
	patient, id := r.patient("okafor", "Paul Patient")
	path := "visits/" + id
	booked := until(patient, path+"/events", "what to expect", func(v visitView) bool { return v.Status == statusBooked })
	if booked.Expectation == nil || booked.Expectation.Ahead != 0 || booked.With.Name != "Dr. Amara Okafor" || booked.Notes != nil {
		t.Errorf("booked %+v", booked)
	}

	type entered struct {
		done chan error
		left func()
	}
	waits := make(chan struct{})
	waiting := entered{done: make(chan error, 1)}
	go func() {
		room, err := patient.enter(id, func() { close(waits) })
		if err == nil {
			waiting.left = func() { room.Close() }
		}
		waiting.done <- err
	}()
	<-waits
	until(doctor, "day/events", "the patient waits", func(v dayView) bool {
		for _, item := range v.Appointments {
			if item.ID == id {
				return item.Status == statusWaiting && !item.Arrived.IsZero()
			}
		}
		return false
	})
	patient.refused("POST", path+"/admit", nil, http.StatusForbidden, "forbidden")
	ask[struct{}](doctor, "POST", path+"/admit", nil)
	if err := <-waiting.done; err != nil {
		t.Fatal(err)
	}
	room, err := doctor.enter(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	until(doctor, path+"/events", "both are there", func(v visitView) bool { return v.Patient && v.Doctor && v.Status == statusAdmitted })

	waiting.left()
	until(doctor, path+"/events", "the patient has left", func(v visitView) bool { return !v.Patient })
	again, err := patient.enter(id, func() { t.Error("the patient waits a second time") })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	until(doctor, path+"/events", "the patient is back", func(v visitView) bool { return v.Patient })

	if err := r.recorder(t.Context(), io.Discard, id); !errors.Is(err, errNoConsent) {
		t.Errorf("a recorder before the patient has agreed: %v", err)
	}
	patient.refused("POST", path+"/consent", map[string]bool{"given": true}, http.StatusNotFound, "not-found")
	ask[struct{}](doctor, "POST", path+"/consent/ask", nil)
	until(patient, path+"/events", "the question", func(v visitView) bool { return v.Consent == consentAsked })
	ask[struct{}](patient, "POST", path+"/consent", map[string]bool{"given": true})
	until(doctor, path+"/events", "the answer", func(v visitView) bool { return v.Consent == consentGiven && !v.ConsentAt.IsZero() })

	recorder := r.record(id)
	until(patient, path+"/events", "that it is recorded", func(v visitView) bool { return v.Recording })
	ask[struct{}](patient, "POST", path+"/consent", map[string]bool{"given": false})
	<-recorder.Done()
	until(patient, path+"/events", "that it no longer is", func(v visitView) bool { return !v.Recording && v.Consent == consentRefused })

	ask[struct{}](doctor, "PUT", path+"/notes", map[string]string{"notes": "Lungs are clear."})
	if v := ask[visitView](doctor, "GET", path, nil); v.Notes == nil || *v.Notes != "Lungs are clear." {
		t.Errorf("notes %v", v.Notes)
	}
	patient.refused("PUT", path+"/notes", map[string]string{"notes": "x"}, http.StatusForbidden, "forbidden")

	ask[struct{}](doctor, "POST", path+"/end", map[string]string{"summary": "A cold.", "nextSteps": "Rest\nTea"})
	<-room.Done()
	<-again.Done()
	over := until(patient, path+"/events", "the summary", func(v visitView) bool { return v.Status == statusEnded })
	if over.Summary != "A cold." || over.NextSteps != "Rest\nTea" || over.Notes != nil {
		t.Errorf("the patient has %+v", over)
	}
	patient.refused("POST", path+"/join", nil, http.StatusGone, "ended")
	doctor.refused("POST", path+"/admit", nil, http.StatusGone, "ended")
}

func TestOthersAreToldNothing(t *testing.T) {
	r := start(t)
	_, id := r.patient("okafor", "Paul Patient")
	stranger, colleague := r.browser(), r.doctor("haddad")
	for _, request := range [][2]string{
		{"GET", ""}, {"GET", "/events"}, {"POST", "/join"}, {"POST", "/admit"}, {"PUT", "/notes"}, {"POST", "/end"}, {"POST", "/consent/ask"}, {"POST", "/consent"},
		{"GET", "/documents/x"},
	} {
		colleague.refused(request[0], "visits/"+id+request[1], map[string]string{}, http.StatusNotFound, "not-found")
		stranger.key = ""
		stranger.refused(request[0], "visits/"+id+request[1], map[string]string{}, http.StatusUnauthorized, "sign-in")
		stranger.key = "guess"
		stranger.refused(request[0], "visits/"+id+request[1], map[string]string{}, http.StatusNotFound, "not-found")
	}
	stranger.key = ""
	stranger.refused("GET", "day/events", nil, http.StatusUnauthorized, "sign-in")
	response, answer := colleague.do("POST", "visits/"+id+"/admit", nil, "Origin", "https://evil.example.com")
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %d %s", response.StatusCode, answer)
	}
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %q", policy)
	}
}

func TestBooking(t *testing.T) {
	r := start(t)
	b := r.browser()
	slots := ask[[]slot](b, "GET", "doctors/moreau/slots", nil)
	wish := map[string]any{"doctor": "moreau", "starts": slots[0].Starts, "name": "  Ann  ", "reason": ""}
	ask[struct{ ID, Key string }](b, "POST", "appointments", wish)
	b.refused("POST", "appointments", wish, http.StatusConflict, "slot-taken")
	if left := ask[[]slot](b, "GET", "doctors/moreau/slots", nil); len(left) != len(slots)-1 || left[0] == slots[0] {
		t.Errorf("%d slots of %d are left", len(left), len(slots))
	}
	wish["starts"] = slots[1].Starts.Add(1)
	b.refused("POST", "appointments", wish, http.StatusConflict, "slot-taken")
	wish["starts"], wish["name"] = slots[1].Starts, " "
	b.refused("POST", "appointments", wish, http.StatusUnprocessableEntity, "invalid-name")
	wish["name"], wish["reason"] = "Ann", strings.Repeat("x", maxReason+1)
	b.refused("POST", "appointments", wish, http.StatusUnprocessableEntity, "invalid-reason")
	wish["doctor"], wish["reason"] = "nobody", ""
	b.refused("POST", "appointments", wish, http.StatusNotFound, "not-found")
}

func TestSigningIn(t *testing.T) {
	r := start(t)
	b := r.doctor("okafor")
	until(b, "day/events", "its day", func(v dayView) bool { return v.Doctor.ID == "okafor" && len(v.Appointments) > 0 })
	type session struct{ Doctor *doctor }
	if s := ask[session](b, "GET", "session", nil); s.Doctor == nil || s.Doctor.ID != "okafor" {
		t.Errorf("signed in %+v", s)
	}
	ask[struct{}](b, "POST", "sign-out", nil)
	if s := ask[session](b, "GET", "session", nil); s.Doctor != nil {
		t.Errorf("still signed in: %+v", s)
	}
	b.refused("GET", "day/events", nil, http.StatusUnauthorized, "sign-in")
	for range maxTries {
		b.refused("POST", "sign-in", map[string]string{"doctor": "okafor", "password": "wrong"}, http.StatusUnauthorized, "sign-in-failed")
	}
	b.refused("POST", "sign-in", map[string]string{"doctor": "okafor", "password": demoPassword}, http.StatusTooManyRequests, "too-many-tries")
	b.refused("POST", "sign-in", map[string]string{"doctor": "nobody", "password": demoPassword}, http.StatusUnauthorized, "sign-in-failed")
	r.doctor("haddad")
}

// upload sends a file as a page does.
func upload(b *browser, visit, name string, content []byte) (*http.Response, []byte) {
	b.at.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("document", name)
	if err != nil {
		b.at.t.Fatal(err)
	}
	part.Write(content)
	form.Close()
	request, err := http.NewRequestWithContext(b.at.t.Context(), "POST", b.at.origin+"/api/visits/"+visit+"/documents", &body)
	if err != nil {
		b.at.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.send(request)
}

func TestDocuments(t *testing.T) {
	r := start(t)
	doctor := r.doctor("okafor")
	patient, id := r.patient("okafor", "Paul Patient")
	pdf := []byte("%PDF-1.7 letter")
	if response, answer := upload(patient, id, `C:\letters\Überweisung.pdf`, pdf); response.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	v := ask[visitView](doctor, "GET", "visits/"+id, nil)
	if len(v.Documents) != 1 || v.Documents[0].Name != "Überweisung.pdf" || v.Documents[0].Author != asPatient || v.Documents[0].Size != len(pdf) {
		t.Fatalf("documents %+v", v.Documents)
	}
	response, answer := doctor.do("GET", "visits/"+id+"/documents/"+v.Documents[0].ID, nil)
	h := response.Header
	if !bytes.Equal(answer, pdf) || h.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %v", answer, h)
	}
	for _, bad := range []struct {
		content []byte
		status  int
	}{
		{[]byte("<html><script>alert(1)</script>"), http.StatusUnsupportedMediaType},
		{nil, http.StatusUnsupportedMediaType},
		{bytes.Repeat([]byte("x"), maxDocument+1), http.StatusRequestEntityTooLarge},
		{bytes.Repeat([]byte("x"), maxDocument+maxBody+1), http.StatusRequestEntityTooLarge},
	} {
		if response, answer := upload(doctor, id, "letter.pdf", bad.content); response.StatusCode != bad.status {
			t.Errorf("%d bytes: %d %s, want %d", len(bad.content), response.StatusCode, answer, bad.status)
		}
	}
	for range maxDocuments - 1 {
		if response, answer := upload(doctor, id, "list.txt", []byte("one a day")); response.StatusCode != http.StatusCreated {
			t.Fatalf("%d %s", response.StatusCode, answer)
		}
	}
	if response, answer := upload(doctor, id, "list.txt", []byte("one a day")); response.StatusCode != http.StatusConflict {
		t.Errorf("one too many: %d %s", response.StatusCode, answer)
	}
}
