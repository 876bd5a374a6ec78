package meeting

import (
	"context"
	"sync"
	"time"

	"github.com/openconfab/confab/webhook"
)

const (
	// nodeLease is how long a node that does not say that it lives is taken to live; renewInterval is how often it says so.
	nodeLease     = 45 * time.Second
	renewInterval = 15 * time.Second
	// expireInterval is how often what is too old is removed, expireBatch how much at once.
	expireInterval = time.Hour
	expireBatch    = 1000
	// drainTimeout is how long events are recorded after the end.
	drainTimeout = 5 * time.Second
	// lapseBatch is how many sessions of dead nodes are closed in one transaction.
	lapseBatch = 256
)

// Run records what has happened, says that this node lives, closes what dead nodes have left open, and removes what is too old,
// until the context ends and what is left is recorded. It is called once.
func (s *Service) Run(ctx context.Context) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(drainTimeout, cancel)
		context.AfterFunc(late, func() { t.Stop() })
	})
	defer stop()
	var work sync.WaitGroup
	work.Go(func() { s.record(ctx, late) })
	work.Go(func() { every(ctx, renewInterval, s.renew) })
	work.Go(func() { every(ctx, expireInterval, s.expire) })
	work.Wait()
	err := s.write(late, func(tx Tx, now time.Time) error { return tx.Renew(late, s.node, now) })
	if err != nil {
		s.log.Warn("this node's sessions count as present until its lease ends", "error", err)
	}
}

func every(ctx context.Context, interval time.Duration, f func(context.Context)) {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		f(ctx)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// renew says that this node lives, and closes what others have left open that do not.
func (s *Service) renew(ctx context.Context) {
	err := s.write(ctx, func(tx Tx, now time.Time) error { return tx.Renew(ctx, s.node, now.Add(nodeLease)) })
	if err != nil {
		s.warn(ctx, "the node's lease could not be renewed", err)
		return
	}
	for {
		n := 0
		err := s.write(ctx, func(tx Tx, now time.Time) error {
			lapsed, err := tx.Lapsed(ctx, now, lapseBatch)
			if err != nil {
				return err
			}
			n = len(lapsed)
			for _, a := range lapsed {
				e := Event{Kind: webhook.ParticipantLeft, Room: a.Room, Session: a.Session, Reason: "lost", At: now}
				if err := s.note(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.warn(ctx, "sessions of nodes that are gone could not be closed", err)
			return
		}
		if n < lapseBatch {
			return
		}
	}
}

// expire removes what is too old.
func (s *Service) expire(ctx context.Context) {
	for {
		n := 0
		err := s.write(ctx, func(tx Tx, now time.Time) (err error) {
			n, err = tx.Expire(ctx, now.Add(-s.config.Retention), expireBatch)
			return err
		})
		if err != nil {
			s.warn(ctx, "what is too old could not be removed", err)
			return
		}
		if n == 0 {
			return
		}
		s.log.Info("removed what was too old", "records", n)
	}
}

// warn logs what will be tried again, unless the node stops.
func (s *Service) warn(ctx context.Context, text string, err error) {
	if ctx.Err() == nil {
		s.log.Warn(text, "error", err)
	}
}
