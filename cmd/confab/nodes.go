package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/openconfab/confab/server"
)

const (
	nodesTimeout = 10 * time.Second
	// maxNodesAnswer is room for tens of thousands of nodes.
	maxNodesAnswer = 8 << 20
)

type nodesCmd struct {
	Server string `help:"Address of any node." default:"http://localhost:8080" placeholder:"URL" env:"CONFAB_SERVER"`
	JSON   bool   `name:"json" help:"Print the list as JSON."`
}

// Run lists the nodes that the one asked knows of.
func (c *nodesCmd) Run(ctx context.Context, to streams) error {
	if u, err := url.Parse(c.Server); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("--server is the address of a node, such as https://meet.example.com")
	}
	ctx, cancel := context.WithTimeout(ctx, nodesTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.Server, "/")+server.NodesPath, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: is it a node of this version?", c.Server, res.Status)
	}
	var nodes []server.Node
	if err := json.NewDecoder(io.LimitReader(res.Body, maxNodesAnswer)).Decode(&nodes); err != nil {
		return fmt.Errorf("%s answers something else than a list of nodes: %w", c.Server, err)
	}
	if c.JSON {
		return printJSON(to.out, nodes)
	}
	w := tabwriter.NewWriter(to.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NODE\tNAME\tROOMS\tPARTICIPANTS\tLAG\tSTATE")
	for _, n := range nodes {
		state := "in reach"
		switch {
		case n.Self:
			state = "asked"
		case !n.Reachable:
			state = "OUT OF REACH"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%.1f ms\t%s\n", n.ID, n.Name, n.Rooms, n.Participants, n.LagMs, state)
	}
	return w.Flush()
}
