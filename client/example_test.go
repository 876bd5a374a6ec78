package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/media"
	"github.com/openconfab/confab/server"
)

// A bot that answers in the chat of the meeting site, whose topic is "chat".
func ExampleJoin() {
	ctx, link, stop := meeting()
	defer stop()

	bot, err := client.Join(ctx, link, client.Config{Name: "Bot", Roles: e2ee.Recorder})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bot.Close()
	ready := make(chan struct{})
	go ask(ctx, link, ready)

	for message, err := range bot.Messages(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s\n", message.From.Name(), message.Payload)
		answer := fmt.Appendf(nil, "You said %q.", message.Payload)
		err := bot.Local().PublishData(ctx, answer, client.DataOptions{Topic: message.Topic})
		if err != nil {
			fmt.Println(err)
			return
		}
		break
	}
	<-ready
	// Output:
	// Ann: Hello?
	// Bot: You said "Hello?".
}

// ask joins, says something, and prints the answer.
func ask(ctx context.Context, link string, done chan<- struct{}) {
	defer close(done)
	ann, err := client.Join(ctx, link, client.Config{Name: "Ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ann.Close()
	if err := ann.Local().PublishData(ctx, []byte("Hello?"), client.DataOptions{Topic: "chat"}); err != nil {
		fmt.Println(err)
		return
	}
	for message, err := range ann.Messages(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %s\n", message.From.Name(), message.Payload)
		return
	}
}

// A camera, as a program that encodes publishes it: a keyframe when one is asked for, nothing for a layer that nobody watches.
func ExampleLocalParticipant_PublishTrack() {
	ctx, link, stop := meeting()
	defer stop()

	room, err := client.Join(ctx, link, client.Config{Name: "Robot"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()
	camera, err := room.Local().PublishTrack(ctx, client.TrackOptions{
		Source: media.Camera,
		Layers: []media.Layer{{ID: 0, Width: 640, Height: 360, MaxFPS: 30}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	watched := make(chan struct{})
	go watch(ctx, link, watched)

	start, ticker := time.Now(), time.NewTicker(time.Second/30)
	defer ticker.Stop()
	for {
		keyframe := false
		select {
		case <-ticker.C:
		case <-camera.KeyframeRequests():
			keyframe = true
		case <-camera.Done():
			return
		case <-watched:
			return
		}
		if !camera.Wanted(0) {
			continue
		}
		frame := encode(time.Since(start), keyframe)
		if err := camera.WriteFrame(0, frame); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output: a keyframe of vp8, 640×360
}

// Frames of everything that somebody publishes.
func ExampleRemoteTrack_Subscribe() {
	ctx, link, stop := meeting()
	defer stop()

	room, err := client.Join(ctx, link, client.Config{Name: "Recorder", Roles: e2ee.Recorder})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()
	go speak(ctx, link)

	for event, err := range room.Events(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		published, ok := event.(client.TrackPublished)
		if !ok {
			continue
		}
		subscription, err := published.Track.Subscribe(ctx, client.SubscribeOptions{})
		if err != nil {
			fmt.Println(err)
			return
		}
		for frame, err := range subscription.Frames(ctx) {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("%s of %s: %s, %d bytes\n",
				published.Track.Source(), published.Track.Participant().Name(), frame.Codec, len(frame.Payload))
			return
		}
	}
	// Output: microphone of Ann: opus, 3 bytes
}

// watch receives a keyframe of whatever is published.
func watch(ctx context.Context, link string, done chan<- struct{}) {
	defer close(done)
	room, err := client.Join(ctx, link, client.Config{Name: "Ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()
	for event := range room.Events(ctx) {
		if published, ok := event.(client.TrackPublished); ok {
			subscription, err := published.Track.Subscribe(ctx, client.SubscribeOptions{MaxHeight: 720})
			if err != nil {
				fmt.Println(err)
				return
			}
			for frame := range subscription.Frames(ctx) {
				fmt.Printf("a keyframe of %s, %d×%d\n", frame.Codec, frame.Width, frame.Height)
				return
			}
		}
	}
}

// speak publishes silence.
func speak(ctx context.Context, link string) {
	room, err := client.Join(ctx, link, client.Config{Name: "Ann"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer room.Close()
	microphone, err := room.Local().PublishTrack(ctx, client.TrackOptions{Source: media.Microphone})
	if err != nil {
		fmt.Println(err)
		return
	}
	start, ticker := time.Now(), time.NewTicker(20*time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		err := microphone.WriteFrame(0, media.Frame{
			Timestamp: time.Since(start), Duration: 20 * time.Millisecond, Codec: media.Opus, Payload: []byte{0xf8, 0xff, 0xfe},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
}

// encode stands for an encoder.
func encode(at time.Duration, keyframe bool) media.Frame {
	return media.Frame{
		Timestamp: at, Codec: media.VP8, Keyframe: keyframe, Width: 640, Height: 360, Payload: []byte("a picture"),
	}
}

// meeting starts a node on this machine and makes a meeting on it. A program joins by a link that somebody gave it.
func meeting() (ctx context.Context, link string, stop func()) {
	listening := make(chan server.Listening, 1)
	node, err := server.New(server.Config{Addr: "localhost:0", OnListen: func(l server.Listening) { listening <- l }})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- node.ListenAndServe(ctx) }()
	link, err = e2ee.FormatLink("http://"+(<-listening).Addr, "room-1", e2ee.Invitation{Secret: e2ee.NewSecret()})
	if err != nil {
		log.Fatal(err)
	}
	return ctx, link, func() {
		cancel()
		<-ended
	}
}
