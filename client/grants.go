package client

import (
	"slices"

	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// Grants say what a participant may do.
type Grants struct {
	// Publish lists the sources of which it may publish tracks.
	Publish []media.Source
	// Subscribe permits receiving the others' tracks and data messages, Data sending data messages.
	Subscribe, Data bool
	// Admin makes it a host.
	Admin bool
}

func grantsOf(m *pb.Grants) Grants {
	g := Grants{Subscribe: m.GetSubscribe(), Data: m.GetData(), Admin: m.GetAdmin()}
	for _, wired := range m.GetPublish() {
		if source, known := fromWire(wired); known {
			g.Publish = append(g.Publish, source)
		}
	}
	slices.Sort(g.Publish)
	return g
}

func (g Grants) proto() *pb.Grants {
	m := &pb.Grants{Join: true, Subscribe: g.Subscribe, Data: g.Data, Admin: g.Admin}
	for _, source := range g.Publish {
		m.Publish = append(m.Publish, toWire[source])
	}
	return m
}

// Settings are those of a room, which hosts change.
type Settings struct {
	// WaitingRoom: who comes waits until a host lets it in. Locked: nobody comes in without a host.
	WaitingRoom, Locked bool
	// AudioLevels: the node, and who watches it, is told how loud everybody is.
	AudioLevels bool
}

// Settings returns those of the room.
func (r *Room) Settings() Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.welcome.GetSettings()
	return Settings{WaitingRoom: s.GetWaitingRoom(), Locked: s.GetLocked(), AudioLevels: s.GetAudioLevels()}
}
