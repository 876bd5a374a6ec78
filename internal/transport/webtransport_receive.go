package transport

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// receiver is what ReceiveObjects was called with.
type receiver struct {
	maxObject int
	handle    func(alias uint64, o *wire.Object)
	fault     func(error)
}

func (c *wtConn) ReceiveObjects(maxObject int, handle func(uint64, *wire.Object), fault func(error)) error {
	r := &receiver{maxObject, handle, fault}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.receiveDatagrams(r) })
	for {
		stream, err := c.session.AcceptUniStream(c.ctx)
		if err != nil {
			<-c.Done()
			return c.errOr(err)
		}
		if !c.receiving.add(stream) {
			stream.CancelRead(wire.StreamResetStale)
			continue
		}
		wg.Go(func() {
			defer c.receiving.remove(stream)
			c.receiveGroup(stream, r)
		})
	}
}

func (c *wtConn) receiveDatagrams(r *receiver) {
	for {
		datagram, err := c.session.ReceiveDatagram(c.ctx)
		if err != nil {
			return
		}
		alias, o, err := wire.ParseAliased(datagram, r.maxObject)
		if err != nil {
			r.fault(err)
			continue
		}
		r.handle(alias, o)
	}
}

func (c *wtConn) receiveGroup(stream *webtransport.ReceiveStream, r *receiver) {
	err := c.readGroup(countingReader{stream, &c.streamBytes}, r)
	switch {
	case errors.Is(err, io.EOF):
	case wire.CodeOf(err) != "":
		r.fault(err)
		stream.CancelRead(wire.StreamResetMalformed)
	default:
		stream.CancelRead(wire.StreamResetStale)
	}
}

// countingReader adds up what was read.
type countingReader struct {
	io.Reader
	total *atomic.Uint64
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.total.Add(uint64(n))
	return n, err
}

// smallReaders buffer no more than what is before an object, so that the object itself is read into its place.
var smallReaders = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 32) }}

// readGroup reads a group's stream to its end. Its error is io.EOF when the stream ended in order, an *Error when it is
// malformed, or that of the stream.
func (c *wtConn) readGroup(stream io.Reader, r *receiver) error {
	reader := smallReaders.Get().(*bufio.Reader)
	reader.Reset(stream)
	defer func() {
		reader.Reset(nil)
		smallReaders.Put(reader)
	}()

	alias, err := wire.ReadVarint(reader)
	if errors.Is(err, io.EOF) {
		return wire.Errorf(wire.CodeMalformed, "a group's stream is empty")
	}
	if err != nil {
		return err
	}
	for {
		size, err := wire.ReadObjectSize(reader, r.maxObject)
		if err != nil {
			return err
		}
		o, err := c.readObject(reader, size, r.maxObject)
		if err != nil {
			return err
		}
		r.handle(alias, o)
	}
}

func (c *wtConn) readObject(reader io.Reader, size, maxObject int) (*wire.Object, error) {
	defer c.unfinished.Add(-int64(size))
	if c.unfinished.Add(int64(size)) > int64(max(unfinishedObjects, 4*maxObject)) {
		return nil, wire.Errorf(wire.CodeObjectTooLarge, "too many large objects at once: send fewer groups beside each other")
	}
	return wire.ReadObject(reader, size)
}
