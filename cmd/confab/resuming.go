package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/iggy"
	"github.com/openconfab/confab/internal/record"
)

// resuming lets a recording outlive its recorder.
type resuming struct {
	Resumable       bool   `help:"Keep the keys to what others send beside the recording while it goes on, so that --resume can go on with it. The nodes need --backbone iggy://…."`
	Resume          string `help:"Go on with the recording in this folder, whose recorder has died, and recover what it missed from the log. Implies --resumable." type:"existingdir" placeholder:"FOLDER"`
	Backbone        string `help:"The nodes' Apache Iggy, for --resume, as iggy://HOST:PORT." placeholder:"URL" env:"CONFAB_BACKBONE"`
	IggyCredentials string `help:"File of USER:PASSWORD or a personal access token for Iggy." type:"path" env:"CONFAB_IGGY_CREDENTIALS"`
	IggyCA          string `name:"iggy-ca" help:"Certificates to trust for Iggy, PEM." type:"path" env:"CONFAB_IGGY_CA"`
}

// configure completes the configuration of a recording, and returns what is told the keys, nil if nothing is.
func (r *resuming) configure(c *record.Config, out io.Writer) (keep func([]e2ee.Held), err error) {
	if r.Resume != "" {
		if !strings.HasPrefix(r.Backbone, iggy.Scheme) {
			return nil, errors.New("where is the log that the nodes keep? Give --backbone iggy://HOST:PORT")
		}
		from := iggy.Config{URL: r.Backbone, Credentials: r.IggyCredentials, CA: r.IggyCA, Logger: c.Logger}
		if err := from.Validate(); err != nil {
			return nil, err
		}
		c.Missed = missedFrom(from)
		c.Recovered = func(v record.Recovered) {
			fmt.Fprintf(out, "\nNobody recorded for %v. %d frames of that time are recovered, %d can't be decrypted.\n",
				v.Away.Round(100*time.Millisecond), v.Frames, v.Undecryptable)
		}
	} else if !r.Resumable {
		return nil, nil
	}
	c.Notes = &record.Notes{}
	return c.Notes.Hold, nil
}

// missedFrom reads what the nodes have put into their log.
func missedFrom(c iggy.Config) record.Missed {
	return func(ctx context.Context, room string, from time.Time, each func(record.KeptObject)) error {
		return iggy.Read(ctx, c, backbone.Media(room), from, func(at time.Time, msg []byte) {
			for len(msg) > 0 {
				k, rest, err := backbone.NextKept(msg)
				if err != nil {
					c.Logger.Debug("what was kept can't be read", "error", err)
					return
				}
				each(record.KeptObject{At: at, Session: k.Session, Track: k.Track, Object: k.Object})
				msg = rest
			}
		})
	}
}
