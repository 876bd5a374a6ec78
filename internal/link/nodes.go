package link

import (
	"net/url"
	"slices"
	"time"
)

const (
	// alternateTime bounds the first attempt at a node when there are others to try; the next ones get more.
	alternateTime = 3 * time.Second
	// quickTime: an attempt that fails sooner may be worth another at once, one that took longer is not.
	quickTime = time.Second
	// maxAlternates is how many other nodes are remembered.
	maxAlternates = 16
)

// setAlternates remembers the other nodes that the one in use has told of, as far as they may be gone to.
func (l *Link) setAlternates(urls []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alternates = nil
	for _, u := range urls[:min(len(urls), maxAlternates)] {
		if base := target(u, l.config.Base); base != "" {
			l.alternates = append(l.alternates, base)
		}
	}
}

// patience returns how long an attempt may take after so many failures: less where there are other nodes.
func (l *Link) patience(failures int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.alternates) == 0 {
		return attemptTime
	}
	return min(attemptTime, time.Duration(failures)*alternateTime)
}

// turn turns to another node after a failed attempt; the lock is held. The first failure may be one of the path, unless the
// node itself refused or was silent.
func (l *Link) turn(refused bool, failures int, took time.Duration) {
	if !refused && failures < 2 && took < quickTime {
		return
	}
	nodes := []string{l.config.Base}
	for _, u := range l.alternates {
		if !slices.Contains(nodes, u) {
			nodes = append(nodes, u)
		}
	}
	l.base = nodes[(slices.Index(nodes, l.base)+1)%len(nodes)]
}

// target returns the origin that a node may send its clients to, "" for none: not from a secure one to an insecure one.
func target(to, from string) string {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		return ""
	}
	base, err := url.Parse(from)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || base.Scheme != "http") {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}
