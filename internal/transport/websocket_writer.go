package transport

import (
	"net"

	"github.com/gobwas/ws"

	"github.com/openconfab/confab/internal/wire"
)

// wsWriter puts messages into frames. Its lock guards everything and is held while writing.
type wsWriter struct {
	*lock
	conn net.Conn
	// plain: nothing is between the frames and TCP. Then conn writes several buffers by one system call.
	plain  bool
	client bool
	// spill is conn, or beneath it, if that can be written to without waiting.
	spill *spillConn

	corked bool
	// eager: the one who has corked must not wait. stuck: the network has not taken everything since.
	eager, stuck bool
	closed       bool
	// failed is why nothing can be written any more.
	failed error
	// postponed is left to one who may wait, under its alias; nil: nothing.
	postponed      *wire.Object
	postponedAlias uint64
	// gathered holds complete frames that have not been written; nil when there are none.
	gathered *[]byte
	vector   net.Buffers
	pair     [2][]byte
	space    [ws.MaxHeaderSize]byte
}

func newWSWriter(conn net.Conn, client bool) wsWriter {
	w := wsWriter{lock: newLock(), conn: conn, client: client, spill: spillOf(conn)}
	if tcp := tcpConn(conn); tcp != nil && !isTLS(conn) {
		w.conn, w.plain = tcp, true
		if w.spill == nil && !client {
			w.spill = newSpillConn(tcp)
		}
	}
	return w
}

// cork has small messages gather, for one who must not wait if eager.
func (w *wsWriter) cork(eager bool) {
	w.corked, w.eager = true, eager
	if eager && !w.plain {
		w.spill.setEager(true)
	}
}

// settle ends corking, and waits until everything has been written.
func (w *wsWriter) settle() error {
	if w.spill != nil && (w.stuck || w.eager && !w.plain) {
		if err := w.spill.settle(); err != nil && w.failed == nil {
			w.fail(err)
		}
	}
	w.corked, w.eager, w.stuck = false, false, false
	o := w.postponed
	w.postponed = nil
	err := w.flush()
	if o != nil {
		var head objectHead
		if err == nil {
			err = w.message(head.of(w.postponedAlias), o.Bytes())
		}
		o.Release()
	}
	if err != nil {
		return err
	}
	return w.failed
}

// isStuck reports whether something waits for one who may wait.
func (w *wsWriter) isStuck() bool { return w.stuck || w.postponed != nil }

// postpone leaves an object to one who may wait.
func (w *wsWriter) postpone(alias uint64, o *wire.Object) error {
	if w.closed {
		return net.ErrClosed
	}
	w.postponed, w.postponedAlias = o.Retain(), alias
	return nil
}

// fail notes that nothing can be written any more.
func (w *wsWriter) fail(err error) { w.closed, w.stuck, w.failed = true, true, err }

// put writes one after the other; body may be empty. For one who must not wait it never fails.
func (w *wsWriter) put(head, body []byte) error {
	err := w.write(head, body)
	if err != nil {
		w.fail(err)
	}
	if w.eager {
		return nil
	}
	return err
}

func (w *wsWriter) write(head, body []byte) error {
	switch {
	case w.eager && w.plain:
		w.stuck = w.spill.tryPair(head, body)
		return nil
	case w.plain && w.spill != nil:
		return w.spill.writePair(head, body)
	case len(body) == 0:
		_, err := w.conn.Write(head)
		w.stuck = w.eager && w.spill.stuck()
		return err
	default:
		w.pair = [2][]byte{head, body}
		w.vector = w.pair[:]
		_, err := w.vector.WriteTo(w.conn)
		w.pair = [2][]byte{}
		w.stuck = w.eager && w.spill.stuck()
		return err
	}
}

func (w *wsWriter) message(head, body []byte) error {
	if w.closed {
		return net.ErrClosed
	}
	if w.gathered == nil {
		w.gathered = getScratch()
	}
	header := ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(len(head) + len(body)), Masked: w.client}
	if w.client {
		header.Mask = ws.NewMask()
	}
	w.append(header)
	start := len(*w.gathered)
	*w.gathered = append(*w.gathered, head...)
	switch {
	case w.client || len(body) <= gatherLimit:
		*w.gathered = append(*w.gathered, body...)
		body = nil
	case !w.plain:
		n := min(len(body), max(0, tlsRecord-len(*w.gathered)))
		*w.gathered = append(*w.gathered, body[:n]...)
		body = body[n:]
	}
	if w.client {
		ws.Cipher((*w.gathered)[start:], header.Mask, 0)
	}
	if len(body) == 0 {
		if w.corked && len(*w.gathered) < corkLimit {
			return nil
		}
		return w.flush()
	}
	defer w.recycle()
	return w.put(*w.gathered, body)
}

func (w *wsWriter) pong(payload []byte) error {
	if w.closed {
		return net.ErrClosed
	}
	w.controlFrame(ws.OpPong, payload)
	return w.flush()
}

// close writes a close frame after everything else, once.
func (w *wsWriter) close(body []byte) error {
	w.acquire()
	defer w.release()
	if w.closed {
		return net.ErrClosed
	}
	w.controlFrame(ws.OpClose, body)
	err := w.flush()
	w.closed = true
	return err
}

func (w *wsWriter) controlFrame(op ws.OpCode, payload []byte) {
	if w.gathered == nil {
		w.gathered = getScratch()
	}
	header := ws.Header{Fin: true, OpCode: op, Length: int64(len(payload)), Masked: w.client}
	if w.client {
		header.Mask = ws.NewMask()
	}
	w.append(header)
	start := len(*w.gathered)
	*w.gathered = append(*w.gathered, payload...)
	if w.client {
		ws.Cipher((*w.gathered)[start:], header.Mask, 0)
	}
}

func (w *wsWriter) append(h ws.Header) {
	ws.WriteHeaderBuffer((*appender)(w.gathered), h, w.space[:])
}

func (w *wsWriter) flush() error {
	if w.gathered == nil {
		return nil
	}
	defer w.recycle()
	return w.put(*w.gathered, nil)
}

func (w *wsWriter) recycle() {
	putScratch(w.gathered)
	w.gathered = nil
}

type appender []byte

func (a *appender) Write(b []byte) (int, error) {
	*a = append(*a, b...)
	return len(b), nil
}
