package api

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/webhook"
)

// WebhookEvent is what a node sends.
type WebhookEvent struct {
	Type      string      `json:"type" doc:"What happened. New types may come: ignore those that you do not know." example:"participant.joined"`
	Timestamp time.Time   `json:"timestamp" doc:"When it happened."`
	Data      WebhookData `json:"data"`
}

// WebhookData tells where something happened, and to whom.
type WebhookData struct {
	Room        string              `json:"room" doc:"The id of the meeting, or of a room without one."`
	Meeting     bool                `json:"meeting" doc:"The room is that of a meeting of this API."`
	Participant *WebhookParticipant `json:"participant,omitempty" doc:"Whom it is about; absent where it is about the room."`
	Source      string              `json:"source,omitempty" enum:"microphone,camera,screen,screen-audio" doc:"That of a track."`
	Reason      string              `json:"reason,omitempty" doc:"Why somebody left, such as left, lost, replaced, removed or ended; why it waits no longer, such as admitted, rejected or forgotten."`
}

// WebhookParticipant is one stay of somebody in a room.
type WebhookParticipant struct {
	Session  string `json:"session" doc:"Names this stay. Somebody who comes again has another."`
	Identity string `json:"identity" doc:"Who it is, the same at every stay." example:"patient-17"`
	Name     string `json:"name,omitempty" doc:"What its token calls it."`
}

// meanings says of each webhook when it is sent.
var meanings = map[webhook.Type]string{
	webhook.RoomStarted:       "The first participant is there, over all nodes.",
	webhook.RoomFinished:      "The last participant has left.",
	webhook.WaitingJoined:     "Somebody waits to be let in.",
	webhook.WaitingLeft:       "It waits no longer; `reason` says why.",
	webhook.ParticipantJoined: "Somebody is in the meeting.",
	webhook.ParticipantLeft:   "It is not any more; `reason` says why.",
	webhook.TrackPublished:    "Somebody began to publish a source. Being muted or unmuted is not told.",
	webhook.TrackUnpublished:  "It has stopped.",
	webhook.RecordingStarted:  "A participant that says it records is there. It follows its `participant.joined`.",
	webhook.RecordingStopped:  "It is not any more. It comes before its `participant.left`. Other recorders may still be there.",
}

// documentWebhooks describes what a node sends; it serves nothing of it.
func (a *API) documentWebhooks() {
	doc := a.huma.OpenAPI()
	types := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	body := inlined(types, types.Schema(reflect.TypeFor[WebhookEvent](), true, ""))
	text := &huma.Schema{Type: huma.TypeString}
	header := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: description, Schema: text}
	}
	doc.Webhooks = map[string]*huma.PathItem{}
	for _, kind := range webhook.Types() {
		doc.Webhooks[string(kind)] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "webhook-" + strings.ReplaceAll(string(kind), ".", "-"), Method: http.MethodPost, Path: "--webhook-url",
			Tags: []string{tagWebhooks}, Summary: string(kind), Description: meanings[kind],
			Parameters: []*huma.Param{
				header("webhook-id", "Names the event, the same for every attempt."),
				header("webhook-timestamp", "When this attempt was made, in seconds since 1970."),
				header("webhook-signature", "`v1,` and the base64 of an HMAC-SHA-256 over id, timestamp and body, with points between them."),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: body}}},
			Responses: map[string]*huma.Response{
				"2XX":     {Description: "It was received"},
				"default": {Description: "It was not: it is sent again, later and later"},
			},
		}}
	}
}

// inlined returns a schema without references: generators of clients leave out what only webhooks refer to.
func inlined(types huma.Registry, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		s = types.SchemaFromRef(s.Ref)
	}
	whole := *s
	whole.Properties = make(map[string]*huma.Schema, len(s.Properties))
	for name, property := range s.Properties {
		whole.Properties[name] = inlined(types, property)
	}
	return &whole
}
