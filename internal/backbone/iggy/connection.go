package iggy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/apache/iggy/foreign/go/client/tcp"
	iggcon "github.com/apache/iggy/foreign/go/contracts"
	ierror "github.com/apache/iggy/foreign/go/errors"
)

const (
	dialTimeout = 2 * time.Second
	// callTimeout finds a server that is frozen or cut off.
	callTimeout = 4 * time.Second
	// lastAnswer is how long a call that is under way at the end may take.
	lastAnswer             = 500 * time.Millisecond
	firstRetry, retryLimit = 250 * time.Millisecond, 2 * time.Second
	// pingAfter is when a connection that has nothing to say pings.
	pingAfter = 2 * time.Second
	// maxLeftBehind bounds the calls that a frozen server has not answered, over all connections of a node.
	maxLeftBehind = 64
)

var (
	errNoAnswer = errors.New("the server does not answer")
	errBusy     = errors.New("too many calls wait for a server that does not answer")
	errNotYet   = errors.New("the server was away a moment ago")
)

// A connection is one to the server, made again when it has failed. The SDK knows no deadlines: each call has a goroutine,
// and one that is not answered in time is left behind with its socket, until the server answers or the system gives it up.
// Only up may be used by several goroutines at a time.
type connection struct {
	endpoint   endpoint
	stream     iggcon.Identifier
	name       string
	log        *slog.Logger
	leftBehind *atomic.Int32

	client   *tcp.IggyTcpClient // nil without one
	failures int
	retryAt  time.Time
	isUp     atomic.Bool
}

// up reports whether the last call found the server there.
func (c *connection) up() bool { return c.isUp.Load() }

// await waits until there is a connection, and reports false when ctx ended before.
func (c *connection) await(ctx context.Context) bool {
	for c.client == nil && ctx.Err() == nil {
		again := time.NewTimer(time.Until(c.retryAt))
		select {
		case <-again.C:
			// It reports its failures itself.
			_ = c.connect(ctx)
		case <-ctx.Done():
			again.Stop()
		}
	}
	return ctx.Err() == nil
}

// call has do talk to the server. Errors of the server itself leave the connection as it is.
func call[T any](ctx context.Context, c *connection, do func(iggcon.Client) (T, error)) (result T, err error) {
	if err := c.connect(ctx); err != nil {
		return result, err
	}
	client := c.client
	result, err = bounded(ctx, c.leftBehind, func() (T, error) { return do(client) }, func(T) { closeQuietly(client) })
	if err == nil || serverSays(err) {
		return result, err
	}
	if !errors.Is(err, errNoAnswer) {
		closeQuietly(client)
	}
	c.client = nil
	c.failed(err)
	return result, err
}

// connect makes the connection if there is none.
func (c *connection) connect(ctx context.Context) error {
	if c.client != nil {
		return nil
	}
	if time.Now().Before(c.retryAt) {
		return errNotYet
	}
	client, err := bounded(ctx, c.leftBehind, c.endpoint.dial, closeQuietly)
	if err != nil {
		c.failed(err)
		return err
	}
	if c.failures > 0 {
		c.log.Info("the backbone is back", "connection", c.name)
	}
	c.client, c.failures = client, 0
	c.isUp.Store(true)
	return nil
}

func (c *connection) failed(err error) {
	if c.failures == 0 {
		c.log.Warn("the backbone is away", "connection", c.name, "error", err)
	}
	c.isUp.Store(false)
	wait := min(firstRetry<<min(c.failures, 8), retryLimit)
	c.failures++
	c.retryAt = time.Now().Add(wait/2 + rand.N(wait))
}

// ping asks for nothing, which keeps a connection alive, and finds out when it is not.
func (c *connection) ping(ctx context.Context) error {
	_, err := call(ctx, c, func(client iggcon.Client) (struct{}, error) { return struct{}{}, client.Ping() })
	return err
}

// report tells of an answer that was not expected; that the server is away is told elsewhere.
func (c *connection) report(err error) {
	if err != nil && serverSays(err) {
		c.log.Warn("Iggy refuses what this node asks for", "connection", c.name, "error", err)
	}
}

// close ends the connection.
func (c *connection) close() {
	c.isUp.Store(false)
	closeQuietly(c.client)
	c.client = nil
}

// dial connects and logs in.
func (e endpoint) dial() (*tcp.IggyTcpClient, error) {
	if err := e.probe(); err != nil {
		return nil, err
	}
	options := []tcp.Option{tcp.WithServerAddress(e.addr)}
	if e.trust != nil {
		trust := []tcp.TLSOption{tcp.WithTLSDomain(e.trust.ServerName)}
		if e.ca != "" {
			trust = append(trust, tcp.WithTLSCAFile(e.ca))
		}
		options = append(options, tcp.WithTLS(trust...))
	}
	client, err := tcp.NewIggyTcpClient(options...)
	if err != nil {
		return nil, err
	}
	if e.token != "" {
		_, err = client.LoginWithPersonalAccessToken(e.token)
	} else {
		_, err = client.LoginUser(e.user, e.password)
	}
	if err != nil {
		closeQuietly(client)
		return nil, fmt.Errorf("logging in: %w", err)
	}
	return client, nil
}

func closeQuietly(client *tcp.IggyTcpClient) {
	if client != nil {
		_ = client.Close()
	}
}

// bounded has do run for callTimeout at most, or little longer than ctx. When that is over, it fails with errNoAnswer, and
// what do returns in the end is given to late.
func bounded[T any](ctx context.Context, leftBehind *atomic.Int32, do func() (T, error), late func(T)) (T, error) {
	type answer struct {
		result T
		err    error
	}
	var none T
	if leftBehind.Load() >= maxLeftBehind {
		return none, errBusy
	}
	answers := make(chan answer, 1)
	go func() {
		result, err := do()
		answers <- answer{result, err}
	}()
	limit := time.NewTimer(callTimeout)
	defer limit.Stop()
	ended := ctx.Done()
	for {
		select {
		case a := <-answers:
			return a.result, a.err
		case <-ended:
			ended = nil
			limit.Reset(lastAnswer)
		case <-limit.C:
			leftBehind.Add(1)
			go func() {
				late((<-answers).result)
				leftBehind.Add(-1)
			}()
			return none, errNoAnswer
		}
	}
}

// serverSays reports whether an error is an answer of the server, on a connection that goes on.
func serverSays(err error) bool {
	if errors.Is(err, ierror.ErrUnauthenticated) || errors.Is(err, ierror.ErrDisconnected) || errors.Is(err, ierror.ErrStaleClient) {
		return false
	}
	var said ierror.IggyError
	return errors.As(err, &said)
}

// missing reports whether an error says that there is no such stream or topic.
func missing(err error) bool {
	for _, e := range []error{
		ierror.ErrStreamIdNotFound, ierror.ErrStreamNameNotFound, ierror.ErrTopicIdNotFound, ierror.ErrTopicNameNotFound,
		ierror.ErrResourceNotFound, ierror.ErrPartitionNotFound,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// taken reports whether an error says that somebody has made such a stream or topic.
func taken(err error) bool {
	return errors.Is(err, ierror.ErrStreamNameAlreadyExists) || errors.Is(err, ierror.ErrTopicNameAlreadyExists) ||
		errors.Is(err, ierror.ErrStreamIdAlreadyExists) || errors.Is(err, ierror.ErrTopicIdAlreadyExists)
}
