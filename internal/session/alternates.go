package session

import (
	"math/rand/v2"
	"slices"

	"github.com/openconfab/confab/internal/wire/pb"
)

// maxAlternates is how many other nodes a client is told of. Each is told of others, so that not everybody comes to the same
// node when this one dies.
const maxAlternates = 3

// SetAlternates makes the addresses those of the other nodes that take clients, and tells those of the clients that know
// another set. Spec: wire.md §4.2.
func (h *Hub) SetAlternates(addresses []string) {
	h.mu.Lock()
	h.addresses = slices.Clone(addresses)
	h.mu.Unlock()
	for _, s := range h.all() {
		s.tellAlternates(addresses)
	}
}

func (h *Hub) alternates() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addresses
}

// spread returns a function that gives one address after the other, beginning anywhere; "" if there are none.
func spread(addresses []string) func() string {
	if len(addresses) == 0 {
		return func() string { return "" }
	}
	next := rand.IntN(len(addresses))
	return func() string {
		next++
		return addresses[next%len(addresses)]
	}
}

// tellAlternates chooses some of the addresses for the client, unless those it knows are still among them.
func (s *Session) tellAlternates(addresses []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	valid := func(url string) bool { return slices.Contains(addresses, url) }
	if len(s.alternates) == min(maxAlternates, len(addresses)) && !slices.ContainsFunc(s.alternates, func(url string) bool { return !valid(url) }) {
		return
	}
	chosen := slices.Clone(addresses)
	rand.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	s.alternates = chosen[:min(maxAlternates, len(chosen))]
	s.Deliver(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Alternates{Alternates: &pb.Alternates{Urls: s.alternates}}}))
}
