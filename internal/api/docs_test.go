package api

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/openconfab/confab/webhook"
)

func TestEverythingIsDescribed(t *testing.T) {
	n := newNode(t, nil)
	doc := n.huma.OpenAPI()
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			if op.OperationID == "" || op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || op.Responses["default"] == nil {
				t.Errorf("%s %s lacks something", op.Method, path)
			}
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s %s: %s has no description", op.Method, path, p.Name)
				}
			}
		}
	}
	for name, schema := range doc.Components.Schemas.Map() {
		if schema.Type != "object" || len(schema.Properties) == 0 {
			t.Errorf("schema %s: %s with %d properties", name, schema.Type, len(schema.Properties))
		}
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `"null"`) {
		t.Error("a value can be null: generators make something unhandy of that")
	}
}

func TestDocumentation(t *testing.T) {
	n := newNode(t, nil)
	b := n.browser()
	page := b.do("GET", DocsPath, "")
	if page.status != 200 || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", page.status, page.header)
	}
	for _, part := range []string{`id="create-meeting"`, "/v1/meetings/{id}/join", `href="#type-JoinTicket"`, "Idempotency-Key", `href="/docs/api.css"`} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	for _, part := range []string{"<script", "<style", "style=", "http://", "//cdn"} {
		if strings.Contains(page.body, part) {
			t.Errorf("the page has %s, which the site's policy does not allow", part)
		}
	}
	if css := b.do("GET", DocsStyle, ""); css.status != 200 || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", css.status, css.header)
	}
	doc := b.do("GET", "/v1/openapi.json", "")
	if doc.status != 200 || !strings.HasPrefix(doc.body, `{"`) || !strings.Contains(doc.body, `"openapi":"3.1.0"`) {
		t.Errorf("%d %.100s", doc.status, doc.body)
	}
	refused(t, b.do("GET", "/v1/nothing", ""), 404, codeNotFound)
	refused(t, b.do("PUT", "/v1/meetings", "{}"), 404, codeNotFound)
}

// TestWebhooksAreDocumentedAsTheyAre: what a node sends is what the document says, field by field.
func TestWebhooksAreDocumentedAsTheyAre(t *testing.T) {
	n := newNode(t, nil)
	documented := n.huma.OpenAPI().Webhooks
	for _, kind := range webhook.Types() {
		if item := documented[string(kind)]; item == nil || item.Post.Description == "" {
			t.Errorf("%s is not documented", kind)
		}
	}
	if len(documented) != len(webhook.Types()) {
		t.Errorf("%d are documented", len(documented))
	}
	if page := n.browser().do("GET", DocsPath, ""); !strings.Contains(page.body, `id="webhook-recording-started"`) || !strings.Contains(page.body, "Names this stay.") {
		t.Error("the page lacks webhooks, or what is in them")
	}
	sent := webhook.Event{
		Type: webhook.TrackPublished, Timestamp: n.clock.Now(), Data: webhook.Data{
			Room: "m", Meeting: true, Participant: &webhook.Participant{Session: "s", Identity: "i", Name: "n"}, Source: "camera", Reason: "left",
		},
	}
	text, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var read WebhookEvent
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(read); err != nil || !bytes.Equal(again, text) {
		t.Errorf("sent %s\nread %s, %v", text, again, err)
	}
}
