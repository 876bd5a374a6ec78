package avc

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Types of NAL units (ITU-T H.264, table 7-1).
const (
	typeIDR       = 5
	typeSPS       = 7
	typePPS       = 8
	typeDelimiter = 9

	typeMask   = 0x1f
	lengthSize = 4
)

var (
	startCode = []byte{0, 0, 0, 1}

	// ErrBroken is returned for what is not H.264 in the form it should have.
	ErrBroken = errors.New("avc: broken H.264 data")
)

// units returns the NAL units of a byte stream, which they share memory with.
func units(stream []byte) [][]byte {
	var list [][]byte
	for {
		start := bytes.Index(stream, startCode[1:])
		if start < 0 {
			return list
		}
		stream = stream[start+3:]
		end := bytes.Index(stream, startCode[1:])
		if end < 0 {
			end = len(stream)
		}
		if unit := bytes.TrimRight(stream[:end], "\x00"); len(unit) > 0 {
			list = append(list, unit)
		}
	}
}

// samples returns the NAL units of a length-prefixed sample, which they share memory with.
func samples(sample []byte) ([][]byte, error) {
	var list [][]byte
	for len(sample) > 0 {
		if len(sample) < lengthSize {
			return nil, ErrBroken
		}
		size := binary.BigEndian.Uint32(sample)
		sample = sample[lengthSize:]
		if uint64(size) > uint64(len(sample)) {
			return nil, ErrBroken
		}
		if size > 0 {
			list = append(list, sample[:size])
		}
		sample = sample[size:]
	}
	return list, nil
}

// ToAnnexB turns a sample into a byte stream. Into one with an IDR picture it puts the parameter sets of c, so that a decoder
// can begin there with nothing else.
func ToAnnexB(sample []byte, c *Config) ([]byte, error) {
	list, err := samples(sample)
	if err != nil {
		return nil, err
	}
	stream := make([]byte, 0, len(sample)+len(startCode)*4+len(c.SPS)+len(c.PPS))
	put := func(unit []byte) { stream = append(append(stream, startCode...), unit...) }
	if HasIDR(list) {
		put(c.SPS)
		put(c.PPS)
	}
	for _, unit := range list {
		switch unit[0] & typeMask {
		case typeSPS, typePPS, typeDelimiter:
		default:
			put(unit)
		}
	}
	if len(stream) == 0 {
		return nil, ErrBroken
	}
	return stream, nil
}

// HasIDR reports whether one of the NAL units is of an IDR picture, at which decoding can begin.
func HasIDR(list [][]byte) bool {
	for _, unit := range list {
		if unit[0]&typeMask == typeIDR {
			return true
		}
	}
	return false
}

// FromAnnexB turns a byte stream into a sample without parameter sets. The configuration made of those that it had is nil
// when it had none.
func FromAnnexB(stream []byte) (sample []byte, c *Config) {
	var found Config
	for _, unit := range units(stream) {
		switch unit[0] & typeMask {
		case typeSPS:
			found.SPS = unit
		case typePPS:
			found.PPS = unit
		case typeDelimiter:
		default:
			sample = binary.BigEndian.AppendUint32(sample, uint32(len(unit)))
			sample = append(sample, unit...)
		}
	}
	if len(found.SPS) < minSPS || len(found.PPS) == 0 || len(found.SPS) > maxSet || len(found.PPS) > maxSet {
		return sample, nil
	}
	return sample, &found
}

// IsAnnexB reports whether data begins as a byte stream does.
func IsAnnexB(data []byte) bool {
	return bytes.HasPrefix(data, startCode) || bytes.HasPrefix(data, startCode[1:])
}
