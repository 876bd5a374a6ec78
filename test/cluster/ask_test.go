package cluster_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/openconfab/confab/server"
)

// pollEvery is how often something is asked for that nobody tells.
const pollEvery = 20 * time.Millisecond

// until polls a condition; the deadline only bounds a failure.
func until(t *testing.T, what string, deadline time.Duration, done func() bool) {
	t.Helper()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	late := time.After(deadline)
	for !done() {
		select {
		case <-poll.C:
		case <-late:
			t.Fatalf("not within %v: %s", deadline, what)
		}
	}
}

// asking keeps no connection, which would outlive the node.
var asking = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}

func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return asking.Do(req)
}

// listNodes returns the nodes that the one asked knows of, none when it does not answer.
func listNodes(t *testing.T, url string) (nodes []server.Node) {
	res, err := get(t.Context(), url+server.NodesPath)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&nodes); err != nil {
		return nil
	}
	return nodes
}
