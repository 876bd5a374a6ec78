package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"
)

const dialTimeout = 5 * time.Second

// checkTCP connects to every address of the host.
func checkTCP(ctx context.Context, p *patient) Finding {
	var reached, missed []string
	var why error
	for _, address := range p.addresses {
		conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
		if err != nil {
			missed, why = append(missed, address), err
			continue
		}
		conn.Close()
		reached = append(reached, address)
	}
	p.addresses = slices.Concat(reached, missed)
	switch {
	case len(reached) == 0:
		return unreached(missed, why)
	case len(missed) > 0 && !p.local():
		return warning(fmt.Sprintf("%s answers, %s does not", strings.Join(reached, ", "), strings.Join(missed, ", ")),
			"Every attempt at an address that does not answer makes joining slower: repair it, or take it out of DNS. With IPv6 it can also be your own network.")
	}
	return ok(strings.Join(reached, ", ") + " answers")
}

func unreached(addresses []string, err error) Finding {
	summary := "nothing answers at " + strings.Join(addresses, ", ")
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed(summary+": the connection is refused",
			"The machine is there and no program listens on the port: start confab serve, or correct the port in the link.")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return failed(summary+": there is no way there", "Your machine has no route to that address: check that you are online.")
	}
	return failed(summary+": "+err.Error(),
		"A firewall most likely drops the packets: let the TCP port in at the server's, and out at yours.")
}
