package bench

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/bench/workload"
)

// tokenSlack is how much longer than the window a join token lasts: everybody has to join before.
const tokenSlack = 10 * time.Minute

// assign deals the participants of a plan to jobs: as many as there are processes, and one more for each participant on the
// slow path, for a process is in one network.
func assign(c Config, plan workload.Plan, epoch time.Time) (jobs []*job, err error) {
	servers := spread(c, plan)
	newJob := func(slow bool) *job {
		j := &job{
			Server: c.Server, Transport: c.Transport, Epoch: epoch.UnixNano(), Late: c.Late, AtOnce: plan.AtOnce, Slow: slow,
			Streams: make(map[string][]workload.Stream),
		}
		jobs = append(jobs, j)
		return j
	}
	for range c.Processes {
		newJob(false)
	}
	rooms, secrets := makeRooms(c, plan.Rooms)
	streams := make([][]workload.Stream, plan.Rooms)
	for _, p := range plan.Participants {
		streams[p.Room] = append(streams[p.Room], p.Streams...)
	}
	dealt := map[phase]int{}
	for i, p := range plan.Participants {
		m := member{Room: rooms[p.Room], Path: p.Path, Server: servers[i], Secret: secrets[p.Room], Sends: p.Streams, Receives: p.Receives}
		if c.Token != nil {
			if m.Token, err = c.Token(m.Room, fmt.Sprintf("bench-%d", i), c.Duration+tokenSlack); err != nil {
				return nil, err
			}
		}
		var j *job
		if p.Path == workload.Slow {
			j = newJob(true)
		} else {
			j = jobs[dealt[m.phase()]%c.Processes]
			dealt[m.phase()]++
		}
		j.Members = append(j.Members, m)
		j.Streams[m.Room] = streams[p.Room]
	}
	return jobs, nil
}

// spread deals those who only receive to the nodes for subscribers, and returns the node of each participant, empty for that
// of the publishers. Who is at another node is Far in the plan from then on.
func spread(c Config, plan workload.Plan) []string {
	servers := make([]string, len(plan.Participants))
	if len(c.SubscriberServers) == 0 {
		return servers
	}
	dealt := 0
	for i, p := range plan.Participants {
		if !p.Receives || len(p.Streams) > 0 || p.Path != workload.Good {
			continue
		}
		server := c.SubscriberServers[dealt%len(c.SubscriberServers)]
		dealt++
		if server != c.Server {
			servers[i], plan.Participants[i].Path = server, workload.Far
		}
	}
	return servers
}

// makeRooms makes up rooms that nobody else is in, and their secrets if there is to be encryption.
func makeRooms(c Config, n int) (rooms []string, secrets [][]byte) {
	test := strings.ToLower(rand.Text()[:10])
	for i := range n {
		rooms = append(rooms, fmt.Sprintf("bench-%s-%d", test, i))
		var secret []byte
		if !c.Opaque {
			s := e2ee.NewSecret()
			secret = s[:]
		}
		secrets = append(secrets, secret)
	}
	return rooms, secrets
}
