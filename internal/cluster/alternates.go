package cluster

import "slices"

// maxURLs is how many addresses of nodes are remembered.
const maxURLs = 1000

// Drain tells the others that this node takes no clients any more.
func (c *Cluster) Drain() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	c.sayHello()
}

// Alone implements session.Elsewhere.
func (c *Cluster) Alone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		if p.takesClients() {
			return false
		}
	}
	return true
}

// URLs returns the addresses of all nodes that this one has ever heard of, in no particular order.
func (c *Cluster) URLs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	urls := make([]string, 0, len(c.urls))
	for url := range c.urls {
		urls = append(urls, url)
	}
	return urls
}

// rememberURL remembers the address of a node; c.mu is held.
func (c *Cluster) rememberURL(url string) {
	if url != "" && len(c.urls) < maxURLs {
		c.urls[url] = struct{}{}
	}
}

func (p *peer) takesClients() bool { return !p.silent && !p.draining }

// tellAlternates tells the clients when there are other nodes to go to than before.
func (c *Cluster) tellAlternates() {
	c.mu.Lock()
	var urls []string
	for _, p := range c.peers {
		if p.takesClients() && p.url != "" && p.url != c.config.URL && !slices.Contains(urls, p.url) {
			urls = append(urls, p.url)
		}
	}
	slices.Sort(urls)
	changed := !slices.Equal(urls, c.alternates)
	c.alternates = urls
	c.mu.Unlock()
	if changed {
		c.sessions.SetAlternates(urls)
	}
}
