package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Me is who uses a browser, and what it can do here.
type Me struct {
	ID        string `json:"id,omitempty" doc:"Identity in meetings; absent without a session." example:"person-5f1c9d0e7a3b2c4d6e8f"`
	Name      string `json:"name,omitempty" doc:"As the provider says."`
	Email     string `json:"email,omitempty" doc:"As the provider says."`
	Guest     bool   `json:"guest" doc:"Has not signed in."`
	CanSignIn bool   `json:"canSignIn" doc:"This node has a provider to sign in with."`
	CanCreate bool   `json:"canCreate" doc:"May create meetings: has signed in, or the node lets guests do it."`
}

func (a *API) registerMe() {
	register(a, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/v1/me", Tags: []string{tagMe},
		Summary: "Who am I", Description: "Who uses this browser. It is answered without a session too, and begins none.",
	}, anybody, a.me)
}

func (a *API) me(v *visit, _ *struct{}) (*struct{ Body Me }, error) {
	guest := v.person.ID == "" || v.person.Guest
	return &struct{ Body Me }{Me{
		ID: v.person.ID, Name: v.person.Name, Email: v.person.Email, Guest: guest, CanSignIn: a.signIn.CanSignIn(), CanCreate: !guest || a.guestsCreate,
	}}, nil
}
