package meeting_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

func TestCreate(t *testing.T) {
	f := setup(t)
	m := f.create(ann, meeting.Draft{Title: "Standup", TimeZone: "Europe/Berlin", Settings: meeting.SettingsPatch{WaitingRoom: to(true)}})
	if !regexp.MustCompile(`^[a-z2-7]{4}(-[a-z2-7]{4}){3}$`).MatchString(m.ID) {
		t.Errorf("the id is %q", m.ID)
	}
	want := meeting.Settings{
		WaitingRoom: true, Guests: true, Share: meeting.Everyone, Chat: meeting.Everyone, Unmute: meeting.Everyone, Record: meeting.Everyone,
	}
	if m.Settings != want || m.Version != 1 || m.Owner != (meeting.Owner{Person: ann.Person}) || !m.Created.Equal(f.clock.now()) {
		t.Errorf("created %+v", m)
	}
	got, err := f.Get(t.Context(), ann, m.ID)
	f.ok(err)
	if got != m {
		t.Errorf("got  %+v\nwant %+v", got, m)
	}
	if own := f.create(clinic, meeting.Draft{ID: "consultation-42"}); own.ID != "consultation-42" || own.Settings.Guests {
		t.Errorf("an API key's: %+v", own)
	}
}

func TestCreateRefuses(t *testing.T) {
	f := setup(t)
	f.create(clinic, meeting.Draft{ID: "taken"})
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		by    meeting.Caller
		draft meeting.Draft
		key   string
		want  meeting.Code
	}{
		"a guest":                 {by: guest, want: meeting.CodeForbidden},
		"a person that names":     {by: ann, draft: meeting.Draft{ID: "mine"}, want: meeting.CodeForbidden},
		"an id that is taken":     {by: rival, draft: meeting.Draft{ID: "taken"}, want: meeting.CodeTaken},
		"an id that is no room's": {by: clinic, draft: meeting.Draft{ID: "a/b"}, want: meeting.CodeInvalid},
		"a long title":            {by: ann, draft: meeting.Draft{Title: strings.Repeat("x", meeting.MaxTitleLength+1)}, want: meeting.CodeInvalid},
		"a title of two lines":    {by: ann, draft: meeting.Draft{Title: "a\nb"}, want: meeting.CodeInvalid},
		"an end before":           {by: ann, draft: meeting.Draft{Starts: start, Ends: start.Add(-1)}, want: meeting.CodeInvalid},
		"a year out of range":     {by: ann, draft: meeting.Draft{Starts: start.AddDate(9000, 0, 0)}, want: meeting.CodeInvalid},
		"no time zone":            {by: ann, draft: meeting.Draft{TimeZone: "Mars/Olympus"}, want: meeting.CodeInvalid},
		"a path as time zone":     {by: ann, draft: meeting.Draft{TimeZone: "../etc/passwd"}, want: meeting.CodeInvalid},
		"the node's time zone":    {by: ann, draft: meeting.Draft{TimeZone: "Local"}, want: meeting.CodeInvalid},
		"a strange who":           {by: ann, draft: meeting.Draft{Settings: meeting.SettingsPatch{Share: to(meeting.Who("me"))}}, want: meeting.CodeInvalid},
		"too many":                {by: ann, draft: meeting.Draft{Settings: meeting.SettingsPatch{MaxParticipants: to(10_001)}}, want: meeting.CodeInvalid},
		"a long idempotency key":  {by: ann, key: strings.Repeat("k", 129), want: meeting.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.Create(t.Context(), tt.by, tt.draft, tt.key)
			f.refused(err, tt.want)
		})
	}
}

func TestIdempotencyKeyMakesOneMeeting(t *testing.T) {
	f := setup(t)
	create := func(by meeting.Caller, title, key string) (meeting.Meeting, error) {
		return f.Create(t.Context(), by, meeting.Draft{Title: title}, key)
	}
	first, err := create(ann, "a", "key")
	f.ok(err)
	if again, err := create(ann, "a", "key"); err != nil || again != first {
		t.Errorf("again: %+v, %v", again, err)
	}
	_, err = create(ann, "b", "key")
	f.refused(err, meeting.CodeIdempotency)
	if other, err := create(bob, "a", "key"); err != nil || other.ID == first.ID {
		t.Errorf("somebody else's: %+v, %v", other, err)
	}
	var all sync.WaitGroup
	ids := make(chan string, 10)
	for range cap(ids) {
		all.Go(func() {
			m, err := create(ann, "c", "another")
			if err != nil {
				t.Error(err)
			}
			ids <- m.ID
		})
	}
	all.Wait()
	close(ids)
	id := <-ids
	for other := range ids {
		if other != id {
			t.Errorf("%s and %s were made", id, other)
		}
	}
}

func TestOwnersHaveSoManyMeetings(t *testing.T) {
	f := setup(t, func(c *meeting.Config) { c.MeetingsPerPerson, c.MeetingsPerKey = 2, 3 })
	first := f.create(ann, meeting.Draft{})
	f.create(ann, meeting.Draft{})
	_, err := f.Create(t.Context(), ann, meeting.Draft{}, "key")
	f.refused(err, meeting.CodeMeetingLimit)
	f.ok(f.End(t.Context(), ann, first.ID))
	if _, err := f.Create(t.Context(), ann, meeting.Draft{}, "key"); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	for range 3 {
		f.create(clinic, meeting.Draft{})
	}
	_, err = f.Create(t.Context(), clinic, meeting.Draft{}, "")
	f.refused(err, meeting.CodeMeetingLimit)
}

func TestListHasPages(t *testing.T) {
	f := setup(t)
	const count = 7
	for i := range count {
		f.create(ann, meeting.Draft{Title: fmt.Sprint(i)})
		f.clock.advance(time.Minute)
	}
	f.create(bob, meeting.Draft{})
	var titles []string
	page := meeting.Page{Limit: 3}
	for {
		list, err := f.List(t.Context(), ann, page)
		f.ok(err)
		for _, m := range list.Items {
			titles = append(titles, m.Title)
		}
		if page.Cursor = list.Next; list.Next == "" {
			break
		}
	}
	if got := strings.Join(titles, ""); got != "6543210" {
		t.Errorf("listed %s", got)
	}
	for _, p := range []meeting.Page{{Limit: -1}, {Limit: meeting.MaxPage + 1}, {Cursor: "%"}, {Cursor: "YWJj"}} {
		_, err := f.List(t.Context(), ann, p)
		f.refused(err, meeting.CodeInvalid)
	}
}
