package api

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/internal/signin"
)

type signInInput struct {
	Return string `query:"return" maxLength:"1024" default:"/" doc:"The path of this node to come back to. What is after a # does not get here: a page keeps it, in its own storage, until the browser is back." example:"/m/k3v9wq7d2m5x8h4t"`
}

type goOutput struct {
	Status    int
	Location  string        `header:"Location"`
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// SignedOut says where to go on.
type SignedOut struct {
	Next string `json:"next,omitempty" format:"uri" doc:"Where to send the browser to end the session with the provider as well; absent if there is no such place."`
}

type signOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      SignedOut
}

func (a *API) registerSignIn() {
	register(a, huma.Operation{
		OperationID: "sign-in", Method: http.MethodGet, Path: "/v1/sign-in", Tags: []string{tagSignIn}, DefaultStatus: http.StatusSeeOther,
		Summary:     "Sign in",
		Description: "Send the browser here. It goes on to the OpenID provider, comes back with a session, and then to the path `return`. If that does not come about, the path gets the parameter `sign-in` with a code: `failed` or `denied`.",
	}, anybody, a.beginSignIn)
	register(a, huma.Operation{
		OperationID: "sign-in-callback", Method: http.MethodGet, Path: signin.CallbackPath, Tags: []string{tagSignIn}, DefaultStatus: http.StatusSeeOther,
		Summary: "Come back from the provider", Description: "For the provider: register this address with it.",
		SkipValidateParams: true, // providers add parameters of their own
	}, anybody, a.finishSignIn)
	register(a, huma.Operation{
		OperationID: "sign-out", Method: http.MethodPost, Path: "/v1/sign-out", Tags: []string{tagSignIn},
		Summary: "Sign out", Description: "The browser's session ends, and so does what the provider has issued for it.",
	}, anybody, a.signOut)
}

func (a *API) beginSignIn(v *visit, in *signInInput) (*goOutput, error) {
	if wait, ok := a.limiters.signIn.Take(v.from, a.now()); !ok {
		return nil, tooMany("sign-ins of this address", wait)
	}
	to, cookie, err := a.signIn.Begin(v, v.browser, in.Return)
	switch {
	case errors.Is(err, signin.ErrNoProvider):
		return nil, problem(http.StatusNotFound, codeNoProvider, err.Error())
	case errors.Is(err, signin.ErrReturn):
		return nil, problem(http.StatusUnprocessableEntity, codeInvalid, err.Error())
	case errors.Is(err, signin.ErrProvider):
		return nil, problem(http.StatusBadGateway, codeSignInFailed, err.Error())
	case err != nil:
		return nil, err
	}
	return &goOutput{Status: http.StatusSeeOther, Location: to, SetCookie: []http.Cookie{*cookie}}, nil
}

func (a *API) finishSignIn(v *visit, _ *struct{}) (*goOutput, error) {
	cookies, back, err := a.signIn.Finish(v, v.browser, v.browser.Request.URL.Query())
	out := &goOutput{Status: http.StatusSeeOther, Location: back}
	for _, c := range cookies {
		out.SetCookie = append(out.SetCookie, *c)
	}
	switch {
	case errors.Is(err, signin.ErrDenied):
		out.Location = withParameter(back, "sign-in", "denied")
	case errors.Is(err, signin.ErrFlow), errors.Is(err, signin.ErrProvider), errors.Is(err, signin.ErrNoProvider):
		out.Location = withParameter(back, "sign-in", "failed")
	case err != nil:
		return nil, err
	}
	return out, nil
}

// withParameter adds one to a path that localPath has accepted.
func withParameter(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func (a *API) signOut(v *visit, _ *struct{}) (*signOutOutput, error) {
	gone, next, err := a.signIn.End(v, v.browser)
	if err != nil {
		return nil, err
	}
	return &signOutOutput{SetCookie: *gone, Body: SignedOut{Next: next}}, nil
}
