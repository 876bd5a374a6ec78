package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	metricsTimeout = 5 * time.Second
	maxMetrics     = 4 << 20
)

// traffic is what a node has sent to others since it started.
type traffic struct{ bytes, messages float64 }

// trafficOf asks a node's metrics.
func trafficOf(ctx context.Context, server string) (t traffic, err error) {
	ctx, cancel := context.WithTimeout(ctx, metricsTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(server, "/")+"/metrics", nil)
	if err != nil {
		return traffic{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return traffic{}, err
	}
	defer res.Body.Close()
	found := 0
	for lines := bufio.NewScanner(io.LimitReader(res.Body, maxMetrics)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		into, wanted := map[string]*float64{
			"confab_backbone_bytes_sent_total": &t.bytes, "confab_backbone_messages_sent_total": &t.messages,
		}[name]
		if !wanted {
			continue
		}
		if *into, err = strconv.ParseFloat(value, 64); err != nil {
			return traffic{}, fmt.Errorf("bench: the metrics of %s: %w", server, err)
		}
		found++
	}
	if found != 2 {
		return traffic{}, fmt.Errorf("bench: %s has no metrics of a node that is joined with others", server)
	}
	return t, nil
}
