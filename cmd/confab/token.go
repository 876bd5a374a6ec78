package main

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/openconfab/confab/token"
)

type tokenCmd struct {
	Room     string        `help:"Room to join." required:"" placeholder:"ROOM"`
	Identity string        `help:"Who joins; a room has an identity once." required:"" placeholder:"ID"`
	Name     string        `help:"Display name. The node can read it, unlike the one that people enter themselves."`
	TTL      time.Duration `help:"How long the token can be used to join." default:"1h"`
	Publish  []string      `help:"Sources to publish: camera, microphone, screen, screen-audio, all or none." default:"all" placeholder:"SOURCE,…"`
	NoListen bool          `name:"no-subscribe" help:"Withhold receiving the others' tracks and data messages."`
	NoData   bool          `name:"no-data" help:"Withhold sending data messages."`
	Admin    bool          `help:"Permit moderating the room."`
	Hidden   bool          `help:"Keep the participant out of what the others are told."`
	Wait     bool          `help:"Have the participant wait until one with --admin lets it in."`
	Record   bool          `help:"Permit recording a meeting that lets only hosts do so."`
	Key      string        `help:"Id of the key to sign with, when there are several." placeholder:"ID"`
	KeyFile  string        `help:"File of API keys, one id:secret a line, instead of CONFAB_API_KEYS." type:"path" env:"CONFAB_KEY_FILE"`
}

// Run prints a join token.
func (c *tokenCmd) Run(to streams) error {
	keys, err := loadKeys(c.KeyFile)
	if err != nil {
		return err
	}
	key, err := choose(keys, c.Key)
	if err != nil {
		return err
	}
	if c.TTL <= 0 {
		return fmt.Errorf("--ttl %v would make a token that has expired: give a positive time", c.TTL)
	}
	now := time.Now()
	signed, err := key.Sign(token.Claims{
		ID:       rand.Text(),
		Identity: c.Identity,
		Name:     c.Name,
		Room:     c.Room,
		Issued:   now,
		Expires:  now.Add(c.TTL),
		Grants: token.Grants{
			Join:      true,
			Publish:   sources(c.Publish),
			Subscribe: !c.NoListen,
			Data:      !c.NoData,
			Admin:     c.Admin,
			Hidden:    c.Hidden,
			Wait:      c.Wait,
			Record:    c.Record,
		},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(to.out, signed)
	return err
}

func choose(keys []token.Key, id string) (token.Key, error) {
	if len(keys) == 0 {
		return token.Key{}, errNoKeys
	}
	if id == "" && len(keys) == 1 {
		return keys[0], nil
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	if id == "" {
		return token.Key{}, fmt.Errorf("there are %d API keys: say with --key which of them signs", len(keys))
	}
	return token.Key{}, fmt.Errorf("there is no API key with the id %q", id)
}

// sources reads the --publish flag. Sign refuses names that are none.
func sources(names []string) []token.Source {
	if len(names) == 1 && names[0] == "all" {
		return token.Sources()
	}
	if len(names) == 1 && names[0] == "none" {
		return nil
	}
	list := make([]token.Source, len(names))
	for i, name := range names {
		list[i] = token.Source(name)
	}
	return list
}
