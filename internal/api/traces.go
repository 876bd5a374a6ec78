package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// Traces are what is stored of somebody.
type Traces struct {
	Identity   string         `json:"identity"`
	Name       string         `json:"name,omitempty" doc:"As its provider says."`
	Email      string         `json:"email,omitempty" doc:"As its provider says."`
	Meetings   []Meeting      `json:"meetings" nullable:"false" doc:"Those that it owns."`
	Roles      []MeetingRole  `json:"roles" nullable:"false" doc:"What it is in meetings."`
	Blocks     []MeetingBlock `json:"blocks" nullable:"false" doc:"Where it may not enter."`
	Attendance []MeetingStay  `json:"attendance" nullable:"false" doc:"Where it was and when."`
	Audit      []MeetingEntry `json:"audit" nullable:"false" doc:"What it did, and what was done to it."`
}

// MeetingRole is a role in a meeting.
type MeetingRole struct {
	Meeting string `json:"meeting" doc:"Id of the meeting."`
	Appointment
}

// MeetingBlock is a block in a meeting.
type MeetingBlock struct {
	Meeting string `json:"meeting" doc:"Id of the meeting."`
	Block
}

// MeetingStay is a stay in a meeting.
type MeetingStay struct {
	Meeting string `json:"meeting" doc:"Id of the meeting."`
	Stay
}

// MeetingEntry is an entry of a meeting's audit log.
type MeetingEntry struct {
	Meeting string `json:"meeting" doc:"Id of the meeting."`
	AuditEntry
}

// PersonRef is the part of an address that names somebody.
type PersonRef struct {
	Identity string `path:"identity" maxLength:"128" doc:"Who, by its identity." example:"patient-17"`
}

func (a *API) registerTraces() {
	register(a, huma.Operation{
		OperationID: "export-person", Method: http.MethodGet, Path: "/v1/people/{identity}", Tags: []string{tagRecords},
		Summary: "Export what is known of somebody", Description: "For back ends: everything that is stored of an identity in their meetings.",
	}, aBackEnd, a.exportPerson)
	register(a, huma.Operation{
		OperationID: "erase-person", Method: http.MethodDelete, Path: "/v1/people/{identity}", Tags: []string{tagRecords},
		Summary: "Erase somebody", Description: "For back ends: what is stored of an identity in their meetings is deleted. Others' records stay, without it.",
	}, aBackEnd, a.erasePerson)
	register(a, huma.Operation{
		OperationID: "export-me", Method: http.MethodGet, Path: "/v1/me/export", Tags: []string{tagMe},
		Summary: "Export what is known of me", Description: "Everything that is stored of the person or guest who asks.",
	}, aBrowser, a.exportMe)
	register(a, huma.Operation{
		OperationID: "erase-me", Method: http.MethodDelete, Path: "/v1/me", Tags: []string{tagMe},
		Summary: "Erase me", Description: "Everything that is stored of the person or guest who asks is deleted: its meetings, its name wherever it is kept, and its sessions in all browsers. Others' records stay, without it.",
	}, aBrowser, a.eraseMe)
}

func (a *API) exportPerson(v *visit, in *PersonRef) (*struct{ Body Traces }, error) {
	t, err := a.meetings.Export(v, v.caller, in.Identity)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Traces }{v.showTraces(t)}, nil
}

func (a *API) exportMe(v *visit, _ *struct{}) (*struct{ Body Traces }, error) {
	return a.exportPerson(v, &PersonRef{Identity: v.caller.Person})
}

func (v *visit) showTraces(t meeting.Traces) Traces {
	return Traces{
		Identity: t.Identity, Name: t.Name, Email: t.Email,
		Meetings: showAll(t.Meetings, v.show),
		Roles: showAll(t.Appointments, func(r meeting.Trace[meeting.Appointment]) MeetingRole {
			return MeetingRole{Meeting: r.Meeting, Appointment: showAppointment(r.What)}
		}),
		Blocks: showAll(t.Blocks, func(b meeting.Trace[meeting.Block]) MeetingBlock {
			return MeetingBlock{Meeting: b.Meeting, Block: showBlock(b.What)}
		}),
		Attendance: showAll(t.Attendance, func(s meeting.Attendance) MeetingStay {
			return MeetingStay{Meeting: s.Room, Stay: showStay(s)}
		}),
		Audit: showAll(t.Audit, func(e meeting.Entry) MeetingEntry {
			return MeetingEntry{Meeting: e.Meeting, AuditEntry: showEntry(e)}
		}),
	}
}

func (a *API) erasePerson(v *visit, in *PersonRef) (*struct{}, error) {
	return nil, a.meetings.Erase(v, v.caller, in.Identity)
}

func (a *API) eraseMe(v *visit, _ *struct{}) (*signOutOutput, error) {
	if err := a.meetings.Erase(v, v.caller, v.caller.Person); err != nil {
		return nil, err
	}
	return a.signOut(v, nil)
}
