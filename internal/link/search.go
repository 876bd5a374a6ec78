package link

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// attemptTime bounds one attempt at a connection, welcomeTime the wait for Welcome in it.
	attemptTime = 20 * time.Second
	welcomeTime = 5 * time.Second
	// joinAttempts is how often a first join is tried when nobody answers.
	joinAttempts = 3
	// welcomeLimit holds the announcements of a full room. Spec: wire.md §2.4.
	welcomeLimit = 16 << 20
)

// purpose is why a connection is looked for, from the least to the most urgent.
type purpose uint8

const (
	// upgrade: to move from WebSocket to WebTransport.
	upgrade purpose = iota + 1
	// away: the node is going away.
	away
	// failover: the connection in use is silent.
	failover
	// reconnect: there is none.
	reconnect
)

// search is one search for a connection, over as many attempts as it takes. Its fields are guarded by the lock of the link.
type search struct {
	purpose purpose
	cancel  context.CancelFunc
	// resumes is the session of the Hello that is out: the node may have given up the connection in use for the new one.
	resumes *session
	over    bool
	err     error // why it was given up
}

// join makes the first connection.
func (l *Link) join(ctx context.Context) error {
	wait := newBackoff(retryFirst, retryMost)
	for failures := 1; ; failures++ {
		err := l.attempt(ctx, &search{purpose: reconnect}, failures)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !passing(err) || failures >= joinAttempts {
			return err
		}
		if err := pause(ctx, wait.next()); err != nil {
			return err
		}
	}
}

// passing reports whether a first join may succeed when it is tried again at once.
func passing(err error) bool {
	switch wire.CodeOf(err) {
	case "", wire.CodeHelloTimeout, wire.CodeShuttingDown, wire.CodeInternal:
		return true
	}
	return false
}

// lookFor starts a search, unless one that is as urgent is under way; the lock is held.
func (l *Link) lookFor(p purpose) {
	if l.leaving || l.ctx.Err() != nil {
		return
	}
	if s := l.search; s != nil {
		if s.resumes != nil || s.purpose >= p {
			return
		}
		if s.purpose == failover {
			s.purpose = p
			return
		}
		s.cancel()
	}
	ctx, cancel := context.WithCancel(l.ctx)
	s := &search{purpose: p, cancel: cancel}
	l.search = s
	l.tasks.Go(func() {
		defer cancel()
		l.seek(ctx, s)
		l.mu.Lock()
		s.over = true
		l.mu.Unlock()
		l.rouse()
	})
}

// seek tries until there is a connection or no hope.
func (l *Link) seek(ctx context.Context, s *search) {
	if s.purpose == away {
		// Everybody is sent away at once; not everybody has to arrive at once.
		if pause(ctx, time.Duration(rand.Int64N(int64(time.Second)))) != nil {
			return
		}
	}
	wait := newBackoff(retryFirst, retryMost)
	for failures := 1; ; failures++ {
		begun := time.Now()
		err := l.attempt(ctx, s, failures)
		if err == nil || ctx.Err() != nil {
			return
		}
		delay := wait.next()
		switch l.judge(s, err, failures, time.Since(begun)) {
		case giveUp:
			return
		case againNow:
			delay = 0
		case againLater:
		}
		l.config.Logger.Debug("no connection", "error", err, "again", delay)
		if pause(ctx, delay) != nil {
			return
		}
	}
}

type decision uint8

const (
	againLater decision = iota
	againNow
	giveUp
)

// judge says what follows a failed attempt.
func (l *Link) judge(s *search, err error, failures int, took time.Duration) decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	resumed := s.resumes
	s.resumes = nil
	if s.purpose == upgrade {
		if l.current != nil {
			return giveUp
		}
		s.purpose = reconnect
	}
	coded, isCoded := errors.AsType[*wire.Error](err)
	if resumed != nil && isCoded && (coded.Code == wire.CodeResumeUnknown || coded.Code == wire.CodeUnauthorized) {
		if l.session == resumed {
			l.session = nil
		}
		return againNow
	}
	if isCoded && !coded.Retryable {
		s.err = err
		return giveUp
	}
	l.turn(isCoded, failures, took)
	return againLater
}

// attempt makes one connection and takes up the session on it, or begins one. It is that after so many failures.
func (l *Link) attempt(ctx context.Context, s *search, failures int) error {
	ctx, cancel := context.WithTimeout(ctx, l.patience(failures))
	defer cancel()
	session := l.resumable()
	var hello *pb.Hello
	if session == nil {
		var err error
		if hello, err = l.config.Hello(ctx); err != nil {
			return err
		}
	}
	l.mu.Lock()
	base, dial := l.base, l.config.Dial
	switch {
	case dial.Only != 0:
	case s.purpose == upgrade:
		dial.Only = transport.WebTransport
	case l.avoid, s.purpose == failover && l.current != nil && l.current.base == base && l.current.conn.Kind() == transport.WebTransport:
		dial.Only = transport.WebSocket
	}
	l.mu.Unlock()
	conn, err := transport.Dial(ctx, base, dial)
	if err != nil {
		return err
	}
	if session != nil {
		l.mu.Lock()
		s.resumes = session
		hello = session.resuming()
		l.mu.Unlock()
	}
	welcome, err := greet(ctx, conn, hello)
	if err == nil {
		err = l.attach(conn, base, session, hello, welcome)
	}
	if err != nil {
		conn.Close("")
	}
	return err
}

// resumable returns the session to take up, nil for none.
func (l *Link) resumable() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.session; s != nil && l.current == nil && time.Since(l.lostAt) > s.resumeTime() {
		l.session = nil
	}
	return l.session
}

// greet says Hello and waits for the answer.
func greet(ctx context.Context, conn transport.Conn, hello *pb.Hello) (*pb.Welcome, error) {
	ctx, cancel := context.WithTimeout(ctx, welcomeTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close("") })
	welcome, err := exchange(conn, hello)
	if !stop() {
		return nil, fmt.Errorf("waiting for Welcome: %w", context.Cause(ctx))
	}
	return welcome, err
}

func exchange(conn transport.Conn, hello *pb.Hello) (*pb.Welcome, error) {
	conn.SetControlLimit(welcomeLimit)
	if err := conn.WriteControl(encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Hello{Hello: hello}})); err != nil {
		return nil, err
	}
	b, err := conn.ReadControl()
	if err != nil {
		return nil, err
	}
	m, err := wire.UnmarshalServer(b, len(b))
	if err != nil {
		return nil, err
	}
	switch kind := m.Kind.(type) {
	case *pb.ServerMessage_Welcome:
		return kind.Welcome, checkWelcome(kind.Welcome, hello)
	case *pb.ServerMessage_Error:
		return nil, wire.ErrorFromProto(kind.Error)
	case *pb.ServerMessage_Closed:
		code := kind.Closed.GetCode()
		return nil, &wire.Error{Code: code, Message: kind.Closed.GetMessage(), Retryable: wire.Retryable(code)}
	default:
		return nil, fmt.Errorf("the node's first message is %T and not Welcome", m.Kind)
	}
}

func checkWelcome(w *pb.Welcome, hello *pb.Hello) error {
	switch {
	case w.GetVersion() != version:
		return wire.Errorf(wire.CodeVersionUnsupported, "the node chose version %d", w.GetVersion())
	case w.GetResumed() != (hello.Resume != nil), w.GetLimits() == nil, w.GetSession() == "":
		return errors.New("the node's Welcome does not fit the Hello")
	}
	return nil
}

// attach takes a connection into use.
func (l *Link) attach(conn transport.Conn, base string, resumed *session, hello *pb.Hello, w *pb.Welcome) error {
	l.processing.Lock()
	defer l.processing.Unlock()
	l.mu.Lock()
	s := resumed
	var err error
	switch {
	case l.ctx.Err() != nil:
		err = errClosed
	case s == nil:
		s = &session{id: w.Session, hello: hello, limits: w.Limits}
	case l.session != s:
		err = wire.Errorf(wire.CodeResumeUnknown, "the session was given up meanwhile")
	case !s.outbox.acknowledge(w.Received):
		l.session = nil
		err = errors.New("the node acknowledges what was not sent")
	case w.Acknowledged > s.processed.Load():
		l.session = nil
		err = errors.New("the node skips what it has not sent")
	}
	if err != nil {
		l.mu.Unlock()
		return err
	}
	s.ticket = w.ResumeTicket
	a := newAttachment(l, conn, base, s)
	a.cursor, a.sent = s.processed.Load(), s.outbox.acknowledged
	if resumed != nil {
		a.cursor = max(hello.Resume.Received, w.Acknowledged)
	}
	a.answered = a.since
	previous := l.current
	l.current, l.session, l.goAway, l.base = a, s, nil, base
	l.attachments[a] = struct{}{}
	l.mu.Unlock()

	l.uplink.attach(a, int(s.limits.GetObjectBytes()))
	if resumed == nil {
		l.handler.Joined(w)
	}
	l.mu.Lock()
	a.run()
	l.mu.Unlock()
	a.ping(time.Now())
	if previous != nil {
		previous.drain()
	}
	l.tell(Connected, conn.Kind(), nil)
	if resumed != nil {
		l.handler.Resumed()
	}
	return nil
}

// drain leaves a replaced connection some time for what is on its way.
func (a *attachment) drain() {
	a.link.tasks.Go(func() {
		if pause(a.link.ctx, drainTime) == nil {
			a.conn.Close("")
		}
	})
}
