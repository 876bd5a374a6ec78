package meetings

import (
	"net/http"
	"time"
)

// A Meeting is a room with rules, which people enter with join tokens.
type Meeting struct {
	// ID names the meeting and its room. Who knows it may ask to enter.
	ID string `json:"id"`
	// Title is what it is about. The node can read it.
	Title string `json:"title"`
	// Starts and Ends are when it is planned to; zero: at any time.
	Starts time.Time `json:"starts,omitzero"`
	Ends   time.Time `json:"ends,omitzero"`
	// TimeZone is where it is planned, by its IANA name, "" if that was not said.
	TimeZone string   `json:"timeZone,omitempty"`
	Settings Settings `json:"settings"`
	// Link is the meeting's page on the node's own site, without the secret that encrypts it.
	Link    string    `json:"link"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	// Ended is when it was ended for all; zero: it was not.
	Ended time.Time `json:"ended,omitzero"`
	// Version changes with the meeting; see Change.Version. Meetings of a list have none.
	Version string `json:"-"`
}

// Who a rule permits something.
type Who string

// Everyone, or only those who are in charge.
const (
	Everyone Who = "everyone"
	Hosts    Who = "hosts"
)

// Settings are the rules of a meeting.
type Settings struct {
	// WaitingRoom: who enters waits until a host lets it in.
	WaitingRoom bool `json:"waitingRoom"`
	// Locked: nobody else enters; where there is a waiting room, new ones wait.
	Locked bool `json:"locked"`
	// Guests: people without an account of the node may ask to enter, and not only those with a token from here.
	Guests bool `json:"guests"`
	// AudioLevels: participants tell the node how loud they are, so that it knows who speaks.
	AudioLevels bool `json:"audioLevels"`
	// Share, Chat, Unmute and Record say who may share a screen, write to all, turn on their own microphone, and record.
	Share  Who `json:"share"`
	Chat   Who `json:"chat"`
	Unmute Who `json:"unmute"`
	Record Who `json:"record"`
	// MaxParticipants is how many may be in it at a time, 0: as many as the node allows.
	MaxParticipants int `json:"maxParticipants"`
}

// A SettingsChange says which rules are to differ. What is nil stays, or is as a node has it for new meetings; new(true) makes a
// pointer.
type SettingsChange struct {
	WaitingRoom     *bool `json:"waitingRoom,omitempty"`
	Locked          *bool `json:"locked,omitempty"`
	Guests          *bool `json:"guests,omitempty"`
	AudioLevels     *bool `json:"audioLevels,omitempty"`
	Share           *Who  `json:"share,omitempty"`
	Chat            *Who  `json:"chat,omitempty"`
	Unmute          *Who  `json:"unmute,omitempty"`
	Record          *Who  `json:"record,omitempty"`
	MaxParticipants *int  `json:"maxParticipants,omitempty"`
}

// collection is where meetings are, below /v1.
const collection = "meetings"

// versioned adds what only the header says.
func versioned(m Meeting, h http.Header, err error) (Meeting, error) {
	if err != nil {
		return Meeting{}, err
	}
	m.Version = h.Get("ETag")
	return m, nil
}
