package link

import (
	"context"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// stableTime is how long a connection has to live for the waits before an upgrade to become short again.
	stableTime = time.Minute
	// earlyTime: a WebTransport connection that is lost sooner was lost early; after earlyLosses in a row WebSocket is used.
	earlyTime   = 10 * time.Second
	earlyLosses = 2
)

// manager sees to it that there is a connection. It belongs to one goroutine.
type manager struct {
	*Link
	upgrades    *backoff
	upgradeAt   time.Time
	earlyLosses int
	looked      time.Time
	// auto: the transport is ours to choose.
	auto bool
}

// manage runs until the link is closed or there is no hope.
func (l *Link) manage() {
	m := &manager{
		Link:     l,
		upgrades: newBackoff(upgradeFirst, upgradeMost),
		looked:   time.Now(),
		auto:     l.config.Dial.Only == 0,
	}
	defer close(l.closed)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	m.planUpgrade(m.looked)
	for l.ctx.Err() == nil {
		select {
		case <-l.ctx.Done():
		case <-l.wake:
		case now := <-ticker.C:
			m.look(now)
		}
		m.react(time.Now())
	}
	l.mu.Lock()
	for a := range l.attachments {
		a.conn.Close("")
	}
	l.current, l.session = nil, nil
	l.mu.Unlock()
	l.tasks.Wait()
	l.uplink.close()
	l.handler.Ended(context.Cause(l.ctx))
}

// look sees how the connection does.
func (m *manager) look(now time.Time) {
	behind := now.Sub(m.looked) > tick+late
	m.looked = now
	m.mu.Lock()
	a := m.current
	m.mu.Unlock()
	if a == nil {
		return
	}
	v := a.look(now, behind)
	switch v {
	case dead:
		a.lose(errSilent)
		return
	case silent, suspect:
		m.mu.Lock()
		m.lookFor(failover)
		m.mu.Unlock()
		if v == silent {
			m.inform(Interrupted, 0, errSilent)
		}
	case alive:
		m.mu.Lock()
		if s := m.search; s != nil && s.purpose == failover && s.resumes == nil {
			s.cancel()
		}
		m.mu.Unlock()
		m.inform(Connected, a.conn.Kind(), nil)
	}
	if m.auto && a.conn.Kind() == transport.WebSocket && !m.upgradeAt.IsZero() && now.After(m.upgradeAt) {
		m.upgradeAt = time.Time{}
		m.mu.Lock()
		m.lookFor(upgrade)
		m.mu.Unlock()
	}
	m.handler.Tick(now)
}

// react does what follows from the end of a connection or a search, and from GoAway.
func (m *manager) react(now time.Time) {
	m.mu.Lock()
	var lost *attachment
	if a := m.current; a != nil && a.over {
		lost, m.current, m.lostAt = a, nil, now
	}
	var over *search
	if s := m.search; s != nil && s.over {
		over, m.search = s, nil
	}
	goAway := m.goAway
	m.goAway = nil
	m.mu.Unlock()

	if over != nil {
		if over.err != nil {
			m.cancel(over.err)
			return
		}
		m.planUpgrade(now)
	}
	if lost != nil {
		m.lost(lost, now)
	}
	if goAway != nil {
		m.mu.Lock()
		if base := target(goAway.GetUrl(), m.base); base != "" {
			m.base = base
		}
		m.lookFor(away)
		m.mu.Unlock()
	}
	m.mu.Lock()
	if m.current == nil && m.ctx.Err() == nil {
		m.lookFor(reconnect)
	}
	m.mu.Unlock()
}

// lost sees to a connection that has ended.
func (m *manager) lost(a *attachment, now time.Time) {
	code := wire.CodeOf(a.err)
	if code != "" && code != wire.CodeMalformed && !wire.Retryable(code) {
		m.cancel(a.err)
		return
	}
	if wire.EndsOf(code) == wire.EndsSession {
		m.forget(a.session)
	}
	if a.conn.Kind() == transport.WebTransport {
		lived := now.Sub(a.since)
		if lived > stableTime {
			m.upgrades.reset()
		}
		if lived < earlyTime {
			m.earlyLosses++
		} else {
			m.earlyLosses = 0
		}
		m.mu.Lock()
		m.avoid = m.earlyLosses >= earlyLosses
		m.mu.Unlock()
	}
	m.config.Logger.Debug("connection lost", "transport", a.conn.Kind(), "error", a.err)
	m.mu.Lock()
	leaving, moving := m.leaving, m.search != nil && m.search.resumes != nil
	m.mu.Unlock()
	// A resume that is under way may be why the node closed this one.
	if !leaving && !moving {
		m.inform(Interrupted, 0, a.err)
	}
}

func (m *manager) inform(state State, kind transport.Kind, why error) {
	m.processing.Lock()
	defer m.processing.Unlock()
	m.tell(state, kind, why)
}

// planUpgrade plans to move to WebTransport from a connection by WebSocket.
func (m *manager) planUpgrade(now time.Time) { m.upgradeAt = now.Add(m.upgrades.next()) }

// forget gives a session up: the next connection begins another.
func (l *Link) forget(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session == s {
		l.session = nil
	}
}

// inUse reports whether s is the session of the link.
func (l *Link) inUse(s *session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session == s
}

func (l *Link) sendAway(m *pb.GoAway) {
	l.mu.Lock()
	l.goAway = m
	l.mu.Unlock()
	l.rouse()
}
