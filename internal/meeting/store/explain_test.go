package store

import (
	"regexp"
	"strings"
	"testing"
)

// scans find what a plan reads from end to end. That may be the table of nodes, which has a row for each node; due, which is what
// claimLanes has found; and the index of those who are present, which has nobody else.
var scans = map[string]*regexp.Regexp{
	"SQLite":     regexp.MustCompile(`SCAN (\w+(?: USING INDEX \w+)?)`),
	"PostgreSQL": regexp.MustCompile(`Seq Scan on (\w+)`),
}

var small = map[string]bool{"nodes": true, "due": true, "attendance USING INDEX attendance_present": true}

// TestEveryQueryUsesAnIndex: in a full database, no query that somebody waits for reads a table from end to end. SQLite is slow to
// fill under the race detector, and does with fewer.
func TestEveryQueryUsesAnIndex(t *testing.T) {
	prefix := map[string]string{"SQLite": "EXPLAIN QUERY PLAN ", "PostgreSQL": "EXPLAIN "}
	for kind, s := range databases(t, 100, 1000) {
		plan := func(query string, args []any) string {
			t.Helper()
			lines, err := all(t.Context(), s.write, func(r row) (line string, err error) {
				if kind == "PostgreSQL" {
					err = r.Scan(&line)
					return line, err
				}
				var id, parent, unused int
				err = r.Scan(&id, &parent, &unused, &line)
				return line, err
			}, prefix[kind]+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(lines, "\n")
		}
		if control := plan(`SELECT * FROM attendance WHERE name = $1`, []any{"Name 7"}); !scans[kind].MatchString(control) {
			t.Errorf("%s: a plan that scans does not look like it: %s", kind, control)
		}
		for name, q := range queries {
			t.Run(kind+"/"+name, func(t *testing.T) {
				text := plan(q.query, q.args)
				if !strings.Contains(strings.ToUpper(text), "INDEX") {
					t.Errorf("no index is used:\n%s", text)
				}
				for _, scan := range scans[kind].FindAllStringSubmatch(text, -1) {
					if !small[scan[1]] {
						t.Errorf("%s is read from end to end:\n%s", scan[1], text)
					}
				}
			})
		}
	}
}
