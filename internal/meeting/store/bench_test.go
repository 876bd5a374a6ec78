package store

import (
	"testing"
	"time"
)

// BenchmarkQueries measures every query that somebody waits for, with all its rows, in a database of 1,000 meetings with 50
// participants each. slowest-ms is the slowest one.
func BenchmarkQueries(b *testing.B) {
	for kind, s := range databases(b, 1000, 1000) {
		for name, q := range queries {
			b.Run(kind+"/"+name, func(b *testing.B) {
				var slowest time.Duration
				found := 0
				for b.Loop() {
					begin := time.Now()
					rows, err := s.write.QueryContext(b.Context(), q.query, q.args...)
					if err != nil {
						b.Fatal(err)
					}
					for found = 0; rows.Next(); found++ {
					}
					if err := rows.Close(); err != nil {
						b.Fatal(err)
					}
					slowest = max(slowest, time.Since(begin))
				}
				b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
				b.ReportMetric(float64(found), "rows")
			})
		}
	}
}
