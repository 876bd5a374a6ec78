package meetings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/openconfab/confab/token"
)

const (
	// timeout bounds a request of a Client that has no HTTP client of its own.
	timeout = 15 * time.Second
	// maxAnswer bounds an answer, in bytes. The longest lists everybody in a full room.
	maxAnswer = 16 << 20
)

// A Client calls the HTTP API of a node in the name of an API key, which has full control of the meetings that it made and sees no
// others. It does nothing by itself, and nothing twice. It is safe for concurrent use; its fields are not changed after the first
// call.
type Client struct {
	// Node is the address of the node, such as https://meet.example.com. The key is sent there: over HTTPS, unless the node is on the
	// same machine.
	Node string
	// Key is one of the node's API keys.
	Key token.Key
	// HTTP sends the requests. Nil stands for a client that gives a request 15 seconds.
	HTTP *http.Client
}

var ownHTTP = &http.Client{Timeout: timeout}

// A call is one request and what is expected to come back.
type call struct {
	method string
	path   []string // below /v1, not yet escaped
	query  url.Values
	header http.Header
	body   any // to send as JSON, nil for none
	answer any // to read JSON into, nil for none
}

// do makes a call. The error is an *Error when the node has answered, and never holds the key.
func (c *Client) do(ctx context.Context, one call) (http.Header, error) {
	request, err := c.request(ctx, one)
	if err != nil {
		return nil, err
	}
	client := c.HTTP
	if client == nil {
		client = ownHTTP
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("meetings: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("meetings: %s %s: %w", one.method, request.URL.Path, err)
	}
	if response.StatusCode/100 != 2 {
		return nil, parseError(response, body)
	}
	if one.answer == nil {
		return response.Header, nil
	}
	if err := json.Unmarshal(body, one.answer); err != nil {
		return nil, fmt.Errorf("meetings: %s %s answers what is not of this API: %w", one.method, request.URL.Path, err)
	}
	return response.Header, nil
}

func (c *Client) request(ctx context.Context, one call) (*http.Request, error) {
	node, err := url.Parse(c.Node)
	if err != nil || node.Host == "" || node.Scheme != "http" && node.Scheme != "https" {
		return nil, errors.New("meetings: the node's address is to be like https://meet.example.com")
	}
	if err := c.Key.Validate(); err != nil {
		return nil, fmt.Errorf("meetings: %w", err)
	}
	address := node.JoinPath("v1")
	for _, part := range one.path {
		if part == "" || part == "." || part == ".." {
			return nil, &Error{Status: http.StatusNotFound, Code: NotFound, Detail: "an id is empty, or none"}
		}
		address = address.JoinPath(url.PathEscape(part))
	}
	address.RawQuery = one.query.Encode()
	var body io.Reader
	if one.body != nil {
		text, err := json.Marshal(one.body)
		if err != nil {
			return nil, fmt.Errorf("meetings: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, one.method, address.String(), body)
	if err != nil {
		return nil, fmt.Errorf("meetings: %w", err)
	}
	for name, values := range one.header {
		request.Header[name] = values
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Authorization", "Bearer "+strings.Join([]string{c.Key.ID, c.Key.Secret}, ":"))
	return request, nil
}

// get reads what is at a path.
func (c *Client) get(ctx context.Context, answer any, path ...string) (http.Header, error) {
	return c.do(ctx, call{method: http.MethodGet, path: path, answer: answer})
}

// post has something done, of which nothing comes back.
func (c *Client) post(ctx context.Context, body any, path ...string) error {
	_, err := c.do(ctx, call{method: http.MethodPost, path: path, body: body})
	return err
}
