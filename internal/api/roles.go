package api

import (
	"net/http"
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

// IdentityRef is the part of an address that names somebody in a meeting.
type IdentityRef struct {
	MeetingRef

	Identity string `path:"identity" maxLength:"128" doc:"Who, by its identity." example:"patient-17"`
}

type listInput struct {
	MeetingRef
	Paging
}

// Appointment is what somebody is in a meeting, whether it is there or not.
type Appointment struct {
	Identity string    `json:"identity"`
	Role     string    `json:"role" enum:"host,cohost,member"`
	By       string    `json:"by" doc:"Who said so: an identity, or key: and the id of an API key."`
	At       time.Time `json:"at" doc:"When."`
}

// AppointmentPage is one page of a list of roles.
type AppointmentPage struct {
	Roles []Appointment `json:"roles" nullable:"false"`
	Next  string        `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
}

// Block keeps somebody out of a meeting.
type Block struct {
	Identity string    `json:"identity"`
	By       string    `json:"by" doc:"Who said so: an identity, or key: and the id of an API key."`
	At       time.Time `json:"at" doc:"When."`
}

// BlockPage is one page of a list of blocks.
type BlockPage struct {
	Blocks []Block `json:"blocks" nullable:"false"`
	Next   string  `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
}

// RoleChoice says what somebody is to be.
type RoleChoice struct {
	Role string `json:"role" enum:"host,cohost,member" doc:"What it is from now on; member takes a role away."`
}

type roleInput struct {
	IdentityRef

	Body RoleChoice
}

func (a *API) registerRoles() {
	register(a, peopleOperation("list-roles", http.MethodGet, "roles", "List roles", "Who is host or co-host, there or not."), anyCaller, a.roles)
	register(a, peopleOperation("set-role", http.MethodPut, "roles/{identity}", "Make somebody host or co-host",
		"Co-hosts do what hosts do in the call; only a host makes hosts. It holds for this meeting, in the call at once."), anyCaller, a.setRole)
	register(a, peopleOperation("list-blocks", http.MethodGet, "blocks", "List who is blocked", "Those who may not enter."), anyCaller, a.blocks)
	register(a, peopleOperation("block", http.MethodPut, "blocks/{identity}", "Block somebody",
		"It leaves at once, if it is there, and may not enter. A guest who comes as another guest is another: lock the meeting, or use a waiting room."), anyCaller, a.block)
	register(a, peopleOperation("unblock", http.MethodDelete, "blocks/{identity}", "Unblock somebody", "It may enter again."), anyCaller, a.unblock)
}

func (p Paging) page() meeting.Page { return meeting.Page{Cursor: p.Cursor, Limit: p.Limit} }

// showAll shows each item of a list.
func showAll[T, S any](items []T, show func(T) S) []S {
	shown := make([]S, len(items))
	for i, item := range items {
		shown[i] = show(item)
	}
	return shown
}

func (a *API) roles(v *visit, in *listInput) (*struct{ Body AppointmentPage }, error) {
	l, err := a.meetings.Appointments(v, v.caller, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return &struct{ Body AppointmentPage }{AppointmentPage{Next: l.Next, Roles: showAll(l.Items, showAppointment)}}, nil
}

func showAppointment(r meeting.Appointment) Appointment {
	return Appointment{Identity: r.Identity, Role: string(r.Role), By: r.By, At: r.At.UTC()}
}

func showBlock(b meeting.Block) Block { return Block{Identity: b.Identity, By: b.By, At: b.At.UTC()} }

func (a *API) blocks(v *visit, in *listInput) (*struct{ Body BlockPage }, error) {
	l, err := a.meetings.Blocks(v, v.caller, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return &struct{ Body BlockPage }{BlockPage{Next: l.Next, Blocks: showAll(l.Items, showBlock)}}, nil
}

func (a *API) setRole(v *visit, in *roleInput) (*struct{}, error) {
	return nil, a.meetings.SetRole(v, v.caller, in.ID, in.Identity, meeting.Role(in.Body.Role))
}

func (a *API) block(v *visit, in *IdentityRef) (*struct{}, error) {
	return nil, a.meetings.Block(v, v.caller, in.ID, in.Identity)
}

func (a *API) unblock(v *visit, in *IdentityRef) (*struct{}, error) {
	return nil, a.meetings.Unblock(v, v.caller, in.ID, in.Identity)
}
