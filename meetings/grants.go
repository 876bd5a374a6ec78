package meetings

import "github.com/openconfab/confab/token"

// grants are token.Grants as the API writes them: what it always says is written even if it is false.
type grants struct {
	Publish   []token.Source `json:"publish,omitempty"`
	Subscribe bool           `json:"subscribe"`
	Data      bool           `json:"data"`
	Admin     bool           `json:"admin"`
	Hidden    bool           `json:"hidden,omitempty"`
	Wait      bool           `json:"wait,omitempty"`
}

func writeGrants(g token.Grants) grants {
	return grants{Publish: g.Publish, Subscribe: g.Subscribe, Data: g.Data, Admin: g.Admin, Hidden: g.Hidden, Wait: g.Wait}
}

func (g grants) read() token.Grants {
	return token.Grants{
		Join: true, Publish: g.Publish, Subscribe: g.Subscribe, Data: g.Data, Admin: g.Admin, Hidden: g.Hidden, Wait: g.Wait,
	}
}
