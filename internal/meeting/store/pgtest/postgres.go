// Package pgtest gives tests a real PostgreSQL: one cluster for each test binary, in a folder of its own, and a schema for each
// test. The environment's CONFAB_TEST_POSTGRES names another database to use, such as postgres://confab@localhost/test.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// variable names the database to use instead of a cluster of the tests' own.
const variable = "CONFAB_TEST_POSTGRES"

// shared is the cluster of this process, which the first test starts.
var shared struct {
	sync.Mutex

	cluster *cluster
}

// tests are those of a binary, which end with its cluster.
type tests struct{ m *testing.M }

// Main returns the tests of a binary for goleak.VerifyTestMain; its Run stops the cluster after them.
func Main(m *testing.M) interface{ Run() int } { return tests{m} }

// Run runs the tests.
func (t tests) Run() int {
	code := t.m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		shared.cluster.stop()
		shared.cluster = nil
	}
	return code
}

// URL returns the address of an empty schema in a database, which is removed when the test ends. The binary's TestMain must use
// Main.
func URL(t testing.TB) string {
	t.Helper()
	base := os.Getenv(variable)
	if base == "" {
		base = start(t)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	execute(t, base, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, base, "DROP SCHEMA "+schema+" CASCADE") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s is no URL", variable)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func start(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		c, err := startCluster()
		if err != nil {
			t.Fatal(err)
		}
		shared.cluster = c
	}
	return shared.cluster.url
}

func execute(t testing.TB, address, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
