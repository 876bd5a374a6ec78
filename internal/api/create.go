package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// MeetingPlan is what a meeting is made of.
type MeetingPlan struct {
	ID       string          `json:"id,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9._-]+$" doc:"For back ends: the id, where it must be a certain one. Without it the node makes one that nobody guesses." example:"visit-4711"`
	Title    string          `json:"title,omitempty" maxLength:"200" doc:"What it is about. The node can read it: leave out what is confidential." example:"Consultation"`
	Starts   time.Time       `json:"starts,omitzero" doc:"When it is planned to begin. People can enter before."`
	Ends     time.Time       `json:"ends,omitzero" doc:"When it is planned to end, after it starts."`
	TimeZone string          `json:"timeZone,omitempty" maxLength:"64" doc:"In which time zone it is planned, by its IANA name." example:"Europe/Berlin"`
	Settings *SettingsChange `json:"settings,omitempty" doc:"Rules that differ from the usual ones."`
}

type createInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128" doc:"Any text of your choice. The same request with the same key gives the same answer and makes no second meeting, for as long as the node keeps records, 90 days as a rule."`
	Body           MeetingPlan
}

type createOutput struct {
	Location  string        `header:"Location" doc:"The address of the meeting in this API."`
	ETag      string        `header:"ETag" doc:"Changes with the meeting."`
	SetCookie []http.Cookie `header:"Set-Cookie" doc:"The session of a new guest."`
	Body      Meeting
}

func (a *API) registerCreate() {
	register(a, huma.Operation{
		OperationID: "create-meeting", Method: http.MethodPost, Path: "/v1/meetings", Tags: []string{tagMeetings}, DefaultStatus: http.StatusCreated,
		Summary:     "Create a meeting",
		Description: "The caller owns the meeting. On a node that is open to all, a browser without a session becomes a guest by it.",
	}, anybody, a.create)
}

func (a *API) create(v *visit, in *createInput) (*createOutput, error) {
	cookies, err := a.callerOrGuest(v, a.guestsCreate)
	if err != nil {
		return nil, err
	}
	by := v.caller
	by.Guest = false // where guests may create meetings, the node vouches for them
	draft := in.Body.draft()
	if draft.Settings.AudioLevels == nil {
		draft.Settings.AudioLevels = &a.audioLevels
	}
	m, err := a.meetings.Create(v, by, draft, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	return &createOutput{Location: "/v1/meetings/" + m.ID, ETag: etag(m.Version), SetCookie: cookies, Body: v.show(m)}, nil
}

func (p MeetingPlan) draft() meeting.Draft {
	return meeting.Draft{
		ID: p.ID, Title: p.Title, Starts: p.Starts, Ends: p.Ends, TimeZone: p.TimeZone, Settings: p.Settings.patch(),
	}
}

// callerOrGuest makes a caller that is not known a new guest, where guests are let in.
func (a *API) callerOrGuest(v *visit, guests bool) ([]http.Cookie, error) {
	if v.known() && (!v.caller.Guest || guests) {
		return nil, nil
	}
	if !guests {
		detail := "this node is not open to guests: send an API key"
		if a.signIn.CanSignIn() {
			detail = "guests may not do this: sign in"
		}
		return nil, problem(http.StatusUnauthorized, codeUnauthorized, detail)
	}
	if wait, ok := a.limiters.guests.Take(v.from, a.now()); !ok {
		return nil, tooMany("new guests of this address", wait)
	}
	person, cookie, err := a.signIn.AsGuest(v, v.browser)
	if err != nil {
		return nil, err
	}
	v.be(person)
	return []http.Cookie{*cookie}, nil
}
