package client

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
)

// BenchmarkDelivery is what a frame costs that one publishes and 20 receive, all in one process with the node: the time for one
// delivered frame, of which the node takes a part.
func BenchmarkDelivery(b *testing.B) {
	const subscribers, burst = 20, 8
	for _, kind := range transports {
		for name, keys := range map[string]bool{"sealed": true, "opaque": false} {
			b.Run(kind.String()+"/"+name, func(b *testing.B) {
				m := newMeeting(b, server.Config{})
				join := func(c Config) *Room {
					c.Transport = kind
					if !keys {
						c.Keys = InsecureNone()
					}
					return m.join(b, c)
				}
				publisher := join(Config{Name: "publisher"})
				camera := publish(b, publisher, TrackOptions{Source: media.Camera})
				readers := make([]*reader, subscribers)
				for i := range readers {
					readers[i] = read(b, subscribe(b, track(b, join(Config{Name: fmt.Sprint(i)}), media.Camera)))
				}
				payload := make([]byte, 4000)
				rand.Read(payload)
				n := 0
				deliver := func(frames int) {
					for range frames {
						f := media.Frame{
							Timestamp: time.Duration(n) * time.Millisecond, Codec: media.VP8, Keyframe: n == 0, Payload: payload,
						}
						if err := camera.WriteFrame(0, f); err != nil {
							b.Fatal(err)
						}
						n++
					}
					var all sync.WaitGroup
					for _, r := range readers {
						all.Go(func() {
							for range frames {
								r.frame(b)
							}
						})
					}
					all.Wait()
				}
				// Everybody has the key after the first.
				deliver(1)
				b.ReportAllocs()
				b.ResetTimer()
				for done := 0; done < b.N; {
					frames := min(burst, 1+(b.N-done)/subscribers)
					deliver(frames)
					done += frames * subscribers
				}
			})
		}
	}
}

// BenchmarkWriteFrame is what it costs a publisher to seal and queue a frame, and to send it.
func BenchmarkWriteFrame(b *testing.B) {
	for _, kind := range transports {
		b.Run(kind.String(), func(b *testing.B) {
			m := newMeeting(b, server.Config{})
			room := m.join(b, Config{Name: "publisher", Transport: kind})
			microphone := publish(b, room, TrackOptions{Source: media.Microphone})
			payload := make([]byte, 120)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				f := media.Frame{Timestamp: time.Duration(n) * 20 * time.Millisecond, Codec: media.Opus, Payload: payload}
				if err := microphone.WriteFrame(0, f); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}
