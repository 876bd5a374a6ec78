package doctor

import (
	"context"
	"errors"
	"net"
	"strings"
)

// checkDNS finds the addresses of the host.
func checkDNS(ctx context.Context, p *patient) Finding {
	hosts := []string{p.host}
	if net.ParseIP(p.host) == nil {
		var err error
		if hosts, err = net.DefaultResolver.LookupHost(ctx, p.host); err != nil {
			return unresolved(p.host, err)
		}
	}
	for _, host := range hosts {
		p.addresses = append(p.addresses, net.JoinHostPort(host, p.port))
	}
	if hosts[0] == p.host {
		return ok("the link names an address, so there is nothing to look up")
	}
	return ok(p.host + " is " + strings.Join(hosts, ", "))
}

func unresolved(host string, err error) Finding {
	if dns, is := errors.AsType[*net.DNSError](err); is && dns.IsNotFound {
		return failed("there is no host "+host,
			"Check the spelling of the link. If it is right, the name has no A or AAAA record yet, or your network has its own idea of names.")
	}
	return failed("no answer about "+host+": "+err.Error(),
		"Your network's name server does not answer: check that you are online, or try another network.")
}
