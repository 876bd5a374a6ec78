package api

import (
	"time"

	"github.com/openconfab/confab/internal/meeting"
)

// Meeting is a meeting as the API shows it.
type Meeting struct {
	ID       string     `json:"id" doc:"Names the meeting, and its room. It is part of the invitation: whoever knows it may ask to enter." example:"k3v9wq7d2m5x8h4t"`
	Title    string     `json:"title" doc:"What it is about. The node can read it." example:"Consultation"`
	Starts   *time.Time `json:"starts,omitempty" doc:"When it is planned to begin."`
	Ends     *time.Time `json:"ends,omitempty" doc:"When it is planned to end. It goes on until somebody ends it."`
	TimeZone string     `json:"timeZone,omitempty" doc:"In which time zone it was planned, by its IANA name." example:"Europe/Berlin"`
	Settings Settings   `json:"settings"`
	Link     string     `json:"link" format:"uri" doc:"The page of the meeting. It lacks the secret that encrypts the meeting: the browser that makes the invitation adds one after a #." example:"https://meet.example.com/m/k3v9wq7d2m5x8h4t"`
	Access   string     `json:"access" enum:"owner,host,invited" doc:"What the caller is to it: who owns it, one of its hosts, or somebody who knows its id."`
	Created  *time.Time `json:"created,omitempty" doc:"For owner and hosts."`
	Updated  *time.Time `json:"updated,omitempty" doc:"For owner and hosts."`
	Ended    *time.Time `json:"ended,omitempty" doc:"When it was ended for all. Nobody can enter any more."`
}

// Settings are a meeting's rules.
type Settings struct {
	WaitingRoom     bool   `json:"waitingRoom" doc:"Who enters waits until a host lets it in."`
	Locked          bool   `json:"locked" doc:"Nobody else enters; where there is a waiting room, new ones wait."`
	Guests          bool   `json:"guests" doc:"People without an account may ask to enter."`
	AudioLevels     bool   `json:"audioLevels" doc:"Participants tell the node how loud they are, so that it knows who speaks."`
	Share           string `json:"share" enum:"everyone,hosts" doc:"Who may share a screen."`
	Chat            string `json:"chat" enum:"everyone,hosts" doc:"Who may write to all."`
	Unmute          string `json:"unmute" enum:"everyone,hosts" doc:"Who may turn on their own microphone."`
	Record          string `json:"record" enum:"everyone,hosts" doc:"Who may record, besides those whose join token grants it. Others that say they record are refused with recording-refused; a program that hides it can't be told from one that shows the meeting."`
	MaxParticipants int    `json:"maxParticipants,omitempty" doc:"How many may be in it at a time; absent for no limit but the node's."`
}

// SettingsChange says what to change; what is absent stays.
type SettingsChange struct {
	WaitingRoom     *bool   `json:"waitingRoom,omitempty" doc:"Who enters waits until a host lets it in."`
	Locked          *bool   `json:"locked,omitempty" doc:"Nobody else enters; where there is a waiting room, new ones wait."`
	Guests          *bool   `json:"guests,omitempty" doc:"People without an account may ask to enter."`
	AudioLevels     *bool   `json:"audioLevels,omitempty" doc:"Participants tell the node how loud they are, so that it knows who speaks."`
	Share           *string `json:"share,omitempty" enum:"everyone,hosts" doc:"Who may share a screen."`
	Chat            *string `json:"chat,omitempty" enum:"everyone,hosts" doc:"Who may write to all."`
	Unmute          *string `json:"unmute,omitempty" enum:"everyone,hosts" doc:"Who may turn on their own microphone."`
	Record          *string `json:"record,omitempty" enum:"everyone,hosts" doc:"Who may record, besides those whose join token grants it."`
	MaxParticipants *int    `json:"maxParticipants,omitempty" minimum:"0" maximum:"10000" doc:"How many may be in it at a time; 0 for no limit but the node's."`
}

func (c *SettingsChange) patch() meeting.SettingsPatch {
	if c == nil {
		return meeting.SettingsPatch{}
	}
	return meeting.SettingsPatch{
		WaitingRoom: c.WaitingRoom, Locked: c.Locked, Guests: c.Guests, AudioLevels: c.AudioLevels, MaxParticipants: c.MaxParticipants,
		Share: (*meeting.Who)(c.Share), Chat: (*meeting.Who)(c.Chat), Unmute: (*meeting.Who)(c.Unmute), Record: (*meeting.Who)(c.Record),
	}
}

// show returns m as the caller may see it.
func (v *visit) show(m meeting.Meeting) Meeting {
	access := "invited"
	switch {
	case v.known() && m.Owner == v.owner():
		access = "owner"
	case !m.Created.IsZero():
		access = "host"
	}
	link := *v.browser.Base
	link.Path = "/m/" + m.ID
	return Meeting{
		ID: m.ID, Title: m.Title, Starts: moment(m.Starts), Ends: moment(m.Ends), TimeZone: m.TimeZone,
		Settings: Settings{
			WaitingRoom: m.Settings.WaitingRoom, Locked: m.Settings.Locked, Guests: m.Settings.Guests,
			AudioLevels: m.Settings.AudioLevels, Share: string(m.Settings.Share), Chat: string(m.Settings.Chat),
			Unmute: string(m.Settings.Unmute), Record: string(m.Settings.Record), MaxParticipants: m.Settings.MaxParticipants,
		},
		Link: link.String(), Access: access, Created: moment(m.Created), Updated: moment(m.Updated), Ended: moment(m.Ended),
	}
}

// moment returns nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
