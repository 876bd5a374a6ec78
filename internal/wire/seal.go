package wire

// SealObject returns an object with the header and a payload of at most size bytes, which seal appends to dst; header is
// what the payload is bound to. It fails as seal does, which must append at least a byte.
func SealObject(h Header, size int, seal func(dst, header []byte) ([]byte, error)) (*Object, error) {
	var head [MaxHeaderLen]byte
	header := h.Append(head[:0])
	o := newObject(len(header) + size)
	o.Header = h
	o.headerLen = copy(o.buf, header)
	sealed, err := seal(o.buf[:o.headerLen], o.buf[:o.headerLen])
	if err != nil {
		o.Release()
		return nil, err
	}
	if len(sealed) > len(o.buf) || len(sealed) == o.headerLen {
		panic("wire: sealed to a size that was not announced")
	}
	o.buf = sealed
	return o, nil
}
