package avc

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

const (
	recordVersion = 1
	// minSPS is up to and including the bytes that name profile and level.
	minSPS = 4
	// maxSet is what the record's lengths can state.
	maxSet = 1<<16 - 1
)

// Config holds the parameter sets that a stream is decoded with; one of each, as real-time encoders make them.
type Config struct{ SPS, PPS []byte }

// ParseConfig reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3) of 4-byte lengths.
func ParseConfig(record []byte) (*Config, error) {
	if len(record) < 6 || record[0] != recordVersion || record[4]&3 != lengthSize-1 {
		return nil, ErrBroken
	}
	sets, rest, err := parameterSets(int(record[5]&0x1f), record[6:])
	if err != nil || len(sets) != 1 || len(sets[0]) < minSPS || len(rest) < 1 {
		return nil, ErrBroken
	}
	c := &Config{SPS: sets[0]}
	sets, _, err = parameterSets(int(rest[0]), rest[1:])
	if err != nil || len(sets) != 1 || len(sets[0]) == 0 {
		return nil, ErrBroken
	}
	c.PPS = sets[0]
	return c, nil
}

func parameterSets(count int, b []byte) (sets [][]byte, rest []byte, err error) {
	for range count {
		if len(b) < 2 {
			return nil, nil, ErrBroken
		}
		size := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+size {
			return nil, nil, ErrBroken
		}
		sets = append(sets, b[2:2+size])
		b = b[2+size:]
	}
	return sets, b, nil
}

// Record is the inverse of [ParseConfig]. It leaves out what a record of the High profiles has at its end and the parameter
// sets say too.
func (c *Config) Record() []byte {
	record := []byte{recordVersion, c.SPS[1], c.SPS[2], c.SPS[3], 0xfc | lengthSize - 1, 0xe0 | 1}
	record = append(binary.BigEndian.AppendUint16(record, uint16(len(c.SPS))), c.SPS...)
	record = append(record, 1)
	return append(binary.BigEndian.AppendUint16(record, uint16(len(c.PPS))), c.PPS...)
}

// CodecString returns the name in the WebCodecs registry, such as "avc1.42e01f".
func (c *Config) CodecString() string {
	return fmt.Sprintf("avc1.%02x%02x%02x", c.SPS[1], c.SPS[2], c.SPS[3])
}

// Equal reports whether a stream goes on with other as it did with c.
func (c *Config) Equal(other *Config) bool {
	return bytes.Equal(c.SPS, other.SPS) && bytes.Equal(c.PPS, other.PPS)
}
