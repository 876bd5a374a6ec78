package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// Stay is one stay of somebody in a meeting.
type Stay struct {
	Session  string     `json:"session"`
	Identity string     `json:"identity"`
	Name     string     `json:"name,omitempty" doc:"What the back end or the provider calls it."`
	Node     string     `json:"node" doc:"The process that it was connected to."`
	Joined   time.Time  `json:"joined"`
	Left     *time.Time `json:"left,omitempty" doc:"Absent while it is there."`
	Records  bool       `json:"records,omitempty" doc:"It said that it records."`
	Reason   string     `json:"reason,omitempty" doc:"Why it left, such as left, lost, replaced, removed or ended."`
}

// StayPage is one page of an attendance list.
type StayPage struct {
	Attendance []Stay `json:"attendance" nullable:"false"`
	Next       string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
}

// AuditEntry is something privileged that was done.
type AuditEntry struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by" doc:"Who did it: an identity, or key: and the id of an API key."`
	Action string    `json:"action" doc:"What was done, such as update, admit or remove."`
	Target string    `json:"target,omitempty" doc:"To whom, by its identity."`
	Detail string    `json:"detail,omitempty" doc:"More of it, for people."`
}

// AuditPage is one page of an audit log.
type AuditPage struct {
	Entries []AuditEntry `json:"entries" nullable:"false"`
	Next    string       `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
}

func (a *API) registerRecords() {
	operation := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: "/v1/meetings/{id}/" + path, Tags: []string{tagRecords}, Summary: summary, Description: description,
		}
	}
	register(a, operation("list-attendance", "attendance", "List attendance", "Who was there and when, the newest first. For hosts of the meeting."), anyCaller, a.attendance)
	register(a, operation("list-audit", "audit", "Read the audit log", "What owner and hosts have done, the newest first. For owner and hosts of the meeting, not for co-hosts."), anyCaller, a.audit)
}

func (a *API) attendance(v *visit, in *listInput) (*struct{ Body StayPage }, error) {
	l, err := a.meetings.Attendance(v, v.caller, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return &struct{ Body StayPage }{StayPage{Next: l.Next, Attendance: showAll(l.Items, showStay)}}, nil
}

func showStay(s meeting.Attendance) Stay {
	return Stay{
		Session: s.Session, Identity: s.Identity, Name: s.Name, Node: s.Node, Joined: s.Joined.UTC(), Left: moment(s.Left), Records: s.Records, Reason: s.Reason,
	}
}

func (a *API) audit(v *visit, in *listInput) (*struct{ Body AuditPage }, error) {
	l, err := a.meetings.Audit(v, v.caller, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	return &struct{ Body AuditPage }{AuditPage{Next: l.Next, Entries: showAll(l.Items, showEntry)}}, nil
}

func showEntry(e meeting.Entry) AuditEntry {
	return AuditEntry{ID: e.ID, At: e.At.UTC(), By: e.By, Action: e.Action, Target: e.Target, Detail: e.Detail}
}
