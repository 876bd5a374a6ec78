package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// Paging says which part of a list to give.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"256" doc:"The next of the page before; leave it out for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many to list."`
}

// MeetingRef is the part of an address that names a meeting. It is exported for the library to see into it.
type MeetingRef struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the meeting." example:"k3v9wq7d2m5x8h4t"`
}

type meetingOutput struct {
	ETag string `header:"ETag" doc:"Changes with the meeting."`
	Body Meeting
}

// MeetingPage is one page of a list of meetings.
type MeetingPage struct {
	Meetings []Meeting `json:"meetings" nullable:"false"`
	Next     string    `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
}

// MeetingChange says what to change of a meeting; what is absent stays.
type MeetingChange struct {
	Title    *string         `json:"title,omitempty" maxLength:"200" doc:"What it is about."`
	Starts   *time.Time      `json:"starts,omitempty" doc:"When it is planned to begin."`
	Ends     *time.Time      `json:"ends,omitempty" doc:"When it is planned to end."`
	TimeZone *string         `json:"timeZone,omitempty" maxLength:"64" doc:"In which time zone it is planned."`
	Anytime  bool            `json:"anytime,omitempty" doc:"Take start, end and time zone away."`
	Settings *SettingsChange `json:"settings,omitempty" doc:"Rules to change. The waiting room and the lock take effect at once, the others for who enters from now on."`
}

type updateInput struct {
	MeetingRef

	IfMatch string `header:"If-Match" maxLength:"64" doc:"The ETag of what you have seen: if the meeting has changed since, nothing is changed and the code is version-conflict. Leave it out to change it in any case."`
	Body    MeetingChange
}

// NewOwner says to whom a meeting is given.
type NewOwner struct {
	Person string `json:"person" maxLength:"128" doc:"Identity of the new owner." example:"person-5f1c9d0e7a3b2c4d6e8f"`
}

type transferInput struct {
	MeetingRef

	Body NewOwner
}

func (a *API) registerManage() {
	register(a, huma.Operation{
		OperationID: "list-meetings", Method: http.MethodGet, Path: "/v1/meetings", Tags: []string{tagMeetings},
		Summary: "List meetings", Description: "Those that the caller owns, the newest first.",
	}, anyCaller, a.list)
	register(a, huma.Operation{
		OperationID: "get-meeting", Method: http.MethodGet, Path: "/v1/meetings/{id}", Tags: []string{tagMeetings},
		Summary: "Get a meeting", Description: "A browser gets any meeting that it may ask to enter; a back end its own.",
	}, anybody, a.get)
	register(a, huma.Operation{
		OperationID: "update-meeting", Method: http.MethodPatch, Path: "/v1/meetings/{id}", Tags: []string{tagMeetings},
		Summary: "Change a meeting", Description: "For its hosts and co-hosts. The waiting room and the lock take effect in the call that goes on; what those who are in it may do is changed by `set-grants`.",
	}, anyCaller, a.update)
	register(a, huma.Operation{
		OperationID: "end-meeting", Method: http.MethodPost, Path: "/v1/meetings/{id}/end", Tags: []string{tagMeetings},
		Summary: "End a meeting", Description: "For all, at once, and for good: nobody can enter again. For its owner and hosts.",
	}, anyCaller, a.end)
	register(a, huma.Operation{
		OperationID: "transfer-meeting", Method: http.MethodPost, Path: "/v1/meetings/{id}/transfer", Tags: []string{tagMeetings},
		Summary: "Give a meeting away", Description: "To another person, who owns it then; the caller stays a host. For the person who owns it.",
	}, anyCaller, a.transfer)
	register(a, huma.Operation{
		OperationID: "delete-meeting", Method: http.MethodDelete, Path: "/v1/meetings/{id}", Tags: []string{tagMeetings},
		Summary: "Delete a meeting", Description: "It ends, and what is known of it is deleted: who was there, who is blocked, what was done. For its owner and hosts.",
	}, anyCaller, a.remove)
}

func (a *API) list(v *visit, in *Paging) (*struct{ Body MeetingPage }, error) {
	l, err := a.meetings.List(v, v.caller, in.page())
	if err != nil {
		return nil, err
	}
	return &struct{ Body MeetingPage }{MeetingPage{Next: l.Next, Meetings: showAll(l.Items, v.show)}}, nil
}

func (a *API) get(v *visit, in *MeetingRef) (*meetingOutput, error) {
	m, err := a.meetings.Get(v, v.caller, in.ID)
	if err != nil {
		return nil, err
	}
	return &meetingOutput{ETag: etag(m.Version), Body: v.show(m)}, nil
}

func (a *API) update(v *visit, in *updateInput) (*meetingOutput, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	m, err := a.meetings.Update(v, v.caller, in.ID, version, in.Body.patch())
	if err != nil {
		return nil, err
	}
	return &meetingOutput{ETag: etag(m.Version), Body: v.show(m)}, nil
}

func (c *MeetingChange) patch() meeting.Patch {
	p := meeting.Patch{Title: c.Title, Starts: c.Starts, Ends: c.Ends, TimeZone: c.TimeZone, Settings: c.Settings.patch()}
	if c.Anytime {
		p.Starts, p.Ends, p.TimeZone = new(time.Time), new(time.Time), new(string)
	}
	return p
}

func (a *API) end(v *visit, in *MeetingRef) (*struct{}, error) {
	return nil, a.meetings.End(v, v.caller, in.ID)
}

func (a *API) transfer(v *visit, in *transferInput) (*struct{}, error) {
	return nil, a.meetings.Transfer(v, v.caller, in.ID, in.Body.Person)
}

func (a *API) remove(v *visit, in *MeetingRef) (*struct{}, error) {
	return nil, a.meetings.Delete(v, v.caller, in.ID)
}
