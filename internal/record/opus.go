package record

import "time"

var (
	// silence is an Opus frame of 20 ms, full band, in which nothing is heard (RFC 6716 §3.1: configuration 31, mono).
	silence         = []byte{0xf8, 0xff, 0xfe}
	silenceDuration = 20 * time.Millisecond
)

// opusDuration returns how long an Opus packet is heard (RFC 6716 §3.1), 0 for what is none.
func opusDuration(packet []byte) time.Duration {
	if len(packet) == 0 {
		return 0
	}
	count := 0
	switch packet[0] & 3 {
	case 0:
		count = 1
	case 1, 2:
		count = 2
	case 3:
		if len(packet) > 1 {
			count = int(packet[1] & 0x3f)
		}
	}
	total := time.Duration(count) * opusFrame(packet[0]>>3)
	if total > 120*time.Millisecond {
		return 0
	}
	return total
}

// opusFrame returns the length of a frame of a configuration.
func opusFrame(configuration byte) time.Duration {
	switch {
	case configuration < 12: // SILK
		return [...]time.Duration{10, 20, 40, 60}[configuration&3] * time.Millisecond
	case configuration < 16: // hybrid
		return [...]time.Duration{10, 20}[configuration&1] * time.Millisecond
	default: // CELT
		return 2500 * time.Microsecond << (configuration & 3)
	}
}
