package bench

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	stat := "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 9000 0 3 0 250 50 0 0 20 0 9 0 5000 1900000000 1234 18446744073709551615 1 1 0 0\n"
	cpu, rss, err := parseStat([]byte(stat), 4096)
	if err != nil || cpu != 3*time.Second || rss != 1234*4096 {
		t.Errorf("%v of CPU, %d bytes, %v", cpu, rss, err)
	}
	for _, bad := range []string{"", "1 (x) S 1", "1 (x) S 1 1 1 0 -1 1 1 0 3 0 a 50 0 0 20 0 9 0 5000 1900000000 1234 1"} {
		if _, _, err := parseStat([]byte(bad), 4096); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc")
	}
	u, err := usageOf(os.Getpid())
	if err != nil || u.RSS == 0 {
		t.Errorf("%+v, %v", u, err)
	}
	const none = 1 << 30
	if _, err := usageOf(none); err == nil {
		t.Error("a process that does not exist uses something")
	}
}
