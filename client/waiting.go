package client

import (
	"context"

	"github.com/openconfab/confab/internal/wire/pb"
)

// WaitingParticipant is somebody whom hosts may let in. Its methods may be called concurrently.
type WaitingParticipant struct {
	room              *Room
	identity, session string
	name              string
	announcement      []byte
}

// Identity returns who it is to the node.
func (w *WaitingParticipant) Identity() string { return w.identity }

// Session returns which of its joinings this is; it stays the same when it is admitted.
func (w *WaitingParticipant) Session() string { return w.session }

// Name returns the display name, "" if it gave none or is no member of the meeting, most likely because it does not hold the secret.
func (w *WaitingParticipant) Name() string { return w.name }

// Waiting returns those who wait to be let in, in no particular order. Only hosts are told of them.
func (r *Room) Waiting() []*WaitingParticipant {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*WaitingParticipant, 0, len(r.waiting))
	for _, w := range r.waiting {
		list = append(list, w)
	}
	return list
}

// waitingJoined takes one who waits.
func (h *handler) waitingJoined(info *pb.ParticipantInfo) {
	r := h.room()
	name := r.secured().nameOf(info.GetAnnouncement())
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &WaitingParticipant{room: r, identity: info.GetIdentity(), session: info.GetSession(), name: name, announcement: info.GetAnnouncement()}
	r.waiting[w.session] = w
	r.events.send(WaitingJoined{w})
}

// waitingLeft notes that one waits no more; the lock of the room is held.
func (r *Room) waitingLeft(session string) {
	if w := r.waiting[session]; w != nil {
		delete(r.waiting, session)
		r.events.send(WaitingLeft{w})
	}
}

// noneWaits forgets those who wait, of whom this client is told no more; the lock of the room is held.
func (r *Room) noneWaits() {
	for session := range r.waiting {
		r.waitingLeft(session)
	}
}

// letIn takes what the room is for one who has waited.
func (h *handler) letIn(m *pb.Admitted) {
	r := h.room()
	r.mu.Lock()
	r.welcome.Waiting, r.welcome.Grants = false, m.GetGrants()
	r.takeSettings(m.GetSettings())
	r.connected()
	r.mu.Unlock()
	h.enter(m.GetParticipants(), m.GetWaitingParticipants())
}

// enter takes those who are there, and publishes what there is to publish.
func (h *handler) enter(participants, waiting []*pb.ParticipantInfo) {
	r := h.room()
	r.mu.Lock()
	r.levels.Store(r.welcome.GetSettings().GetAudioLevels())
	if !r.inside {
		r.inside = true
		close(r.admitted)
	}
	security, closed := r.security, r.closing.closed()
	r.mu.Unlock()
	if closed {
		security.roomClosed()
	}
	for _, info := range participants {
		h.joined(info, true)
	}
	for _, info := range waiting {
		h.waitingJoined(info)
	}
	r.secured().tick()
	r.guard()
	r.local.republish()
}

// awaitAdmission waits until the room has been entered for the first time.
func (r *Room) awaitAdmission(ctx context.Context) error {
	r.mu.Lock()
	inside, tell := r.inside, r.config.OnWaiting
	r.mu.Unlock()
	if !inside && tell != nil {
		tell()
	}
	select {
	case <-r.admitted:
		return nil
	case <-r.ended:
		return r.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
