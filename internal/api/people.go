package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/token"
)

// Participant is one stay of somebody in a meeting.
type Participant struct {
	Session  string     `json:"session" doc:"Names this stay. Somebody who comes again has another."`
	Identity string     `json:"identity" doc:"Who it is, the same at every stay." example:"patient-17"`
	Waiting  bool       `json:"waiting,omitempty" doc:"It is in the waiting room: it receives nothing and nobody but the hosts knows of it."`
	Grants   Grants     `json:"grants"`
	Tracks   []string   `json:"tracks" nullable:"false" enum:"microphone,camera,screen,screen-audio" doc:"What it publishes."`
	Node     string     `json:"node,omitempty" doc:"Name of the node that it is connected to."`
	Joined   time.Time  `json:"joined" doc:"Since when."`
	Hand     *time.Time `json:"hand,omitempty" doc:"Since when its hand is raised; absent if it is not."`
}

// Grants are what somebody may do in a meeting; what is not granted is refused.
type Grants struct {
	Publish   []string `json:"publish,omitempty" nullable:"false" enum:"microphone,camera,screen,screen-audio" doc:"What it may publish."`
	Subscribe bool     `json:"subscribe" doc:"It may receive what others publish and write."`
	Data      bool     `json:"data" doc:"It may write, and show reactions."`
	Admin     bool     `json:"admin" doc:"It may do what hosts do in the call."`
	Hidden    bool     `json:"hidden,omitempty" doc:"Others are not told of it. It publishes nothing."`
	Wait      bool     `json:"wait,omitempty" doc:"It waits until a host lets it in, whatever the meeting's rules say."`
	Record    bool     `json:"record,omitempty" doc:"In a join token: it may record, where only hosts may otherwise."`
}

func (g Grants) token() token.Grants {
	t := token.Grants{Join: true, Subscribe: g.Subscribe, Data: g.Data, Admin: g.Admin, Hidden: g.Hidden, Wait: g.Wait, Record: g.Record}
	for _, source := range g.Publish {
		t.Publish = append(t.Publish, token.Source(source))
	}
	return t
}

func showGrants(t token.Grants) Grants {
	return Grants{Publish: sourceNames(t.Publish), Subscribe: t.Subscribe, Data: t.Data, Admin: t.Admin, Hidden: t.Hidden, Wait: t.Wait, Record: t.Record}
}

func sourceNames(sources []token.Source) []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = string(s)
	}
	return names
}

// SessionRef is the part of an address that names a stay in a meeting.
type SessionRef struct {
	MeetingRef

	Session string `path:"session" maxLength:"64" doc:"The session of a participant."`
}

// ParticipantList is everybody in a meeting.
type ParticipantList struct {
	Participants []Participant `json:"participants" nullable:"false"`
}

// Refusal says how somebody is sent away.
type Refusal struct {
	Block bool `json:"block,omitempty" doc:"It may not come back, whatever token it has, until it is unblocked."`
}

// SourceChoice names what of somebody to mute or stop.
type SourceChoice struct {
	Source string `json:"source" enum:"microphone,camera,screen,screen-audio" doc:"What of it."`
}

type refuseInput struct {
	SessionRef

	Body Refusal
}

type sourceInput struct {
	SessionRef

	Body SourceChoice
}

type grantsInput struct {
	SessionRef

	Body Grants
}

func (a *API) registerPeople() {
	register(a, peopleOperation("list-participants", http.MethodGet, "participants", "List participants", "Who is in the meeting and who waits, on all nodes."), anyCaller, a.participants)
	register(a, peopleOperation("admit-all", http.MethodPost, "admit-all", "Let all in", "Everybody who waits now enters."), anyCaller, a.admitAll)
	register(a, peopleOperation("admit", http.MethodPost, "participants/{session}/admit", "Let one in", "It enters from the waiting room."), anyCaller, a.admit)
	register(a, peopleOperation("reject", http.MethodPost, "participants/{session}/reject", "Turn one away", "It is told so and leaves the waiting room."), anyCaller, a.reject)
	register(a, peopleOperation("remove", http.MethodPost, "participants/{session}/remove", "Remove one", "It leaves at once, wherever it is connected, and the tokens that it has are worth nothing any more."), anyCaller, a.removeOne)
	register(a, peopleOperation("mute", http.MethodPost, "participants/{session}/mute", "Mute one", "What it publishes is held back at the node until it unmutes itself. Nobody can unmute somebody else."), anyCaller, a.mute)
	register(a, peopleOperation("stop", http.MethodPost, "participants/{session}/stop", "Stop one's video or screen", "A screen is no longer shared; a camera or microphone is muted."), anyCaller, a.stop)
	register(a, peopleOperation("set-grants", http.MethodPut, "participants/{session}/grants", "Change what one may do", "It is told, and what it publishes without a grant ends. It lasts as long as its stay."), anyCaller, a.setGrants)
	register(a, peopleOperation("lower-hand", http.MethodPost, "participants/{session}/lower-hand", "Lower one's hand", "Its turn has come, or is over."), anyCaller, a.lowerHand)
}

func peopleOperation(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: "/v1/meetings/{id}/" + path, Tags: []string{tagPeople}, Summary: summary,
		Description: description + " For hosts of the meeting.",
	}
}

func (a *API) participants(v *visit, in *MeetingRef) (*struct{ Body ParticipantList }, error) {
	present, err := a.meetings.Participants(v, v.caller, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ParticipantList }{ParticipantList{showAll(present, showParticipant)}}, nil
}

func showParticipant(p meeting.Participant) Participant {
	return Participant{
		Session: p.Session, Identity: p.Identity, Waiting: p.Waiting, Grants: showGrants(p.Grants), Tracks: sourceNames(p.Tracks),
		Node: p.Node, Joined: p.Joined.UTC(), Hand: moment(p.Hand),
	}
}

// do has a host's command done, wherever in the cluster it concerns somebody.
func (a *API) do(v *visit, id string, c meeting.Command) (*struct{}, error) {
	return nil, a.meetings.Do(v, v.caller, id, c)
}

func (a *API) admitAll(v *visit, in *MeetingRef) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.AdmitAll})
}

func (a *API) admit(v *visit, in *SessionRef) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.Admit, Session: in.Session})
}

func (a *API) reject(v *visit, in *refuseInput) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.Reject, Session: in.Session, Block: in.Body.Block})
}

func (a *API) removeOne(v *visit, in *refuseInput) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.Remove, Session: in.Session, Block: in.Body.Block})
}

func (a *API) mute(v *visit, in *sourceInput) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.Mute, Session: in.Session, Source: token.Source(in.Body.Source)})
}

func (a *API) stop(v *visit, in *sourceInput) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.Stop, Session: in.Session, Source: token.Source(in.Body.Source)})
}

func (a *API) setGrants(v *visit, in *grantsInput) (*struct{}, error) {
	grants := in.Body.token()
	return a.do(v, in.ID, meeting.Command{Action: meeting.SetGrants, Session: in.Session, Grants: &grants})
}

func (a *API) lowerHand(v *visit, in *SessionRef) (*struct{}, error) {
	return a.do(v, in.ID, meeting.Command{Action: meeting.LowerHand, Session: in.Session})
}
