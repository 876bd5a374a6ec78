package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/openconfab/confab/internal/doctor"
)

type doctorCmd struct {
	Link string `arg:"" help:"Invitation, or the address of a node." env:"CONFAB_LINK"`
	JSON bool   `name:"json" help:"Print the report as JSON."`
	joinToken
	signer
}

// tokenLasts is enough for an examination.
const tokenLasts = 5 * time.Minute

var errUnhealthy = errors.New("something that a call needs does not work; what to do is said above")

// Run examines the way to a node, and fails when something on it does not work.
func (c *doctorCmd) Run(ctx context.Context, to streams) error {
	mint, err := c.mint()
	if err != nil {
		return err
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	config := doctor.Config{Link: c.Link, Token: token}
	if mint != nil {
		config.Mint = func(room, identity string) (string, error) { return mint(room, identity, tokenLasts) }
	}
	if !c.JSON {
		config.Found = func(f doctor.Finding) { printFinding(to.out, f) }
	}
	report := doctor.Examine(ctx, config)
	if c.JSON {
		if err := printJSON(to.out, report); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !report.Healthy {
		return errUnhealthy
	}
	return nil
}

func printFinding(w io.Writer, f doctor.Finding) {
	mark := map[doctor.Status]string{
		doctor.OK: "ok", doctor.Warning: "WARN", doctor.Failed: "FAIL", doctor.Skipped: "-",
	}[f.Status]
	fmt.Fprintf(w, "%-4s  %-12s  %s\n", mark, f.ID, f.Summary)
	if f.Advice != "" {
		fmt.Fprintf(w, "%20s→ %s\n", "", f.Advice)
	}
}
