package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc: USER_HZ, which is 100 on every architecture Go runs on.
const tick = 10 * time.Millisecond

// usage is what a process has used since it started.
type usage struct {
	// CPU is the time its threads ran, Waited the time they could have run but another program did.
	CPU    time.Duration `json:"cpu"`
	Waited time.Duration `json:"waited"`
	// RSS is the memory it holds at the moment, in bytes.
	RSS uint64 `json:"rss"`
}

// usageOf reads what a process of this machine uses from /proc.
func usageOf(pid int) (usage, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}, fmt.Errorf("what process %d uses can't be read: is it running on this machine, and is this Linux? %w", pid, err)
	}
	u := usage{Waited: waited(dir)}
	if u.CPU, u.RSS, err = parseStat(stat, os.Getpagesize()); err != nil {
		return usage{}, fmt.Errorf("%s/stat: %w", dir, err)
	}
	return u, nil
}

// parseStat reads CPU time and memory from /proc/PID/stat (proc_pid_stat(5)).
func parseStat(stat []byte, page int) (cpu time.Duration, rss uint64, err error) {
	// The second field is the program's name in parentheses and may hold anything.
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, 0, errors.New("no program name")
	}
	const first, utime, stime, rssPages = 3, 14, 15, 24
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) <= rssPages-first {
		return 0, 0, errors.New("too few fields")
	}
	number := func(field int) uint64 {
		n, parseErr := strconv.ParseUint(fields[field-first], 10, 64)
		err = errors.Join(err, parseErr)
		return n
	}
	cpu = time.Duration(number(utime)+number(stime)) * tick
	rss = number(rssPages) * uint64(page)
	return cpu, rss, err
}

// waited adds up how long the threads of a process waited for a processor; 0 where the kernel does not tell.
func waited(dir string) time.Duration {
	var sum time.Duration
	// Threads end meanwhile, so what can't be read is passed over.
	threads, _ := filepath.Glob(filepath.Join(dir, "task", "*", "schedstat"))
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if fields := strings.Fields(string(text)); len(fields) == 3 {
			if ns, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				sum += time.Duration(ns)
			}
		}
	}
	return sum
}

func (u usage) since(before usage) usage {
	return usage{CPU: u.CPU - before.CPU, Waited: max(u.Waited-before.Waited, 0), RSS: u.RSS}
}

// selfUsage is what this process uses; nothing where that can't be read, which the report shows as no load.
func selfUsage() usage {
	u, err := usageOf(os.Getpid())
	if err != nil {
		return usage{}
	}
	return u
}
