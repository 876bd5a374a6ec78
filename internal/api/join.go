package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/meeting"
)

// JoinRequest says who is to be let in.
type JoinRequest struct {
	Identity string  `json:"identity,omitempty" maxLength:"128" doc:"For back ends, which have to say it: who it is, the same at every stay. A browser joins as who uses it." example:"patient-17"`
	Name     string  `json:"name,omitempty" maxLength:"256" doc:"For back ends: what it is called in attendance lists and webhooks. The node can read it, unlike the name that participants show each other."`
	Role     string  `json:"role,omitempty" enum:"host,cohost,member" doc:"For back ends: what it is in this meeting from now on; without it, what it was."`
	Grants   *Grants `json:"grants,omitempty" doc:"For back ends: what it may do, where that is to be less than the meeting's rules give."`
}

type joinInput struct {
	MeetingRef

	Body *JoinRequest
}

// JoinTicket lets somebody in.
type JoinTicket struct {
	Token    string    `json:"token" doc:"The join token. It is a secret: hand it to the client library, and never put it into an address. The client asks for a new one when it has to connect again."`
	TokenID  string    `json:"tokenId" doc:"Names the token, to revoke it by. It is no secret." example:"k3v9-wq7d-2m5x-8h4t"`
	Expires  time.Time `json:"expires" doc:"Until when it can be used to enter. It does not end a stay."`
	Identity string    `json:"identity" doc:"Who enters with it."`
	Role     string    `json:"role" enum:"host,cohost,member" doc:"What it is in the meeting."`
	Waits    bool      `json:"waits" doc:"As things are now, it waits until a host lets it in."`
	Meeting  Meeting   `json:"meeting"`
}

type joinOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie" doc:"The session of a new guest."`
	Body      JoinTicket
}

func (a *API) registerJoin() {
	register(a, huma.Operation{
		OperationID: "join-meeting", Method: http.MethodPost, Path: "/v1/meetings/{id}/join", Tags: []string{tagMeetings},
		Summary:     "Get a join token",
		Description: "A back end gets one for somebody whom it lets in; a browser for whoever uses it, who has the invitation. Where guests are let in, a browser without a session becomes a guest by it.",
	}, anybody, a.join)
	register(a, huma.Operation{
		OperationID: "revoke-token", Method: http.MethodDelete, Path: "/v1/meetings/{id}/tokens/{token}", Tags: []string{tagMeetings},
		Summary:     "Revoke a join token",
		Description: "Nobody enters with it any more, on any node, from now on. Whoever has entered stays: remove it as well, which revokes all its tokens. A token that a back end has signed itself is named by its `jti`. For owner and hosts of the meeting.",
	}, anyCaller, a.revokeToken)
}

// TokenRef is the part of an address that names a join token.
type TokenRef struct {
	MeetingRef

	Token string `path:"token" maxLength:"128" doc:"The token's id: tokenId of the answer that it came with, its jti." example:"k3v9-wq7d-2m5x-8h4t"`
}

func (a *API) revokeToken(v *visit, in *TokenRef) (*struct{}, error) {
	return nil, a.meetings.RevokeToken(v, v.caller, in.ID, in.Token)
}

func (a *API) join(v *visit, in *joinInput) (*joinOutput, error) {
	var cookies []http.Cookie
	if !v.known() {
		// Before a session begins: naming meetings that are not there, or that take no guests, makes no guests.
		m, err := a.meetings.Get(v, meeting.Caller{Guest: true}, in.ID)
		if err != nil {
			return nil, err
		}
		if cookies, err = a.callerOrGuest(v, m.Settings.Guests); err != nil {
			return nil, err
		}
	}
	var request meeting.JoinRequest
	if b := in.Body; b != nil {
		request = meeting.JoinRequest{Identity: b.Identity, Name: b.Name, Role: meeting.Role(b.Role)}
		if b.Grants != nil {
			grants := b.Grants.token()
			request.Grants = &grants
		}
	}
	t, err := a.meetings.Join(v, v.caller, in.ID, request)
	if err != nil {
		return nil, err
	}
	return &joinOutput{SetCookie: cookies, Body: JoinTicket{
		Token: t.Token, TokenID: t.ID, Expires: t.Expires.UTC(), Identity: t.Identity, Role: string(t.Role), Waits: t.Waits, Meeting: v.show(t.Meeting),
	}}, nil
}
