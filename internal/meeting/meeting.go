package meeting

import (
	"strings"
	"time"
	_ "time/tzdata" // so that time zones are known on every machine

	"github.com/openconfab/confab/token"
)

// Limits of a meeting's values.
const (
	// MaxTitleLength bounds a title, in bytes.
	MaxTitleLength = 256
	// MaxParticipants bounds Settings.MaxParticipants. The limit of the node holds besides.
	MaxParticipants = 10_000
)

// A Meeting is a room with an owner.
type Meeting struct {
	// ID is that of the room.
	ID    string
	Title string
	Owner Owner
	// Starts and Ends are when it is planned; zero: at any time. They inform, they do not keep anybody out.
	Starts, Ends time.Time
	// TimeZone is an IANA name, or "".
	TimeZone string
	Settings Settings
	// Version counts up with every change.
	Version          int64
	Created, Updated time.Time
	// Ended is when it was ended for all, zero before. Nobody joins an ended meeting.
	Ended time.Time
}

// An Owner is an API key or a person; one of the two is set.
type Owner struct {
	// Key is the id of an API key.
	Key string
	// Person is a person's identity.
	Person string
}

// Who says to whom something is allowed.
type Who string

// The values of Who.
const (
	Everyone Who = "everyone"
	Hosts    Who = "hosts"
)

// Settings are what an owner or host decides.
type Settings struct {
	// WaitingRoom: who is no host waits until a host admits it.
	WaitingRoom bool
	// Locked: nobody comes in without a host; who comes waits, or is refused when there is no waiting room.
	Locked bool
	// Guests: who knows the id may come though nobody vouches for it. To a meeting of an API key everybody who has no token of that
	// key's is a guest.
	Guests bool
	// AudioLevels: clients may put the level of their sound in the clear beside what they have encrypted.
	AudioLevels bool
	// Share is who may publish screens, Chat who may send data messages, Unmute who may publish a microphone. The node enforces
	// them when somebody joins; hosts can grant more.
	Share, Chat, Unmute Who
	// Record is who may record, hosts or all; a token's record grant permits it besides. The node enforces it for who says that it
	// records, as Confab's own programs do; it can't tell others from who watches.
	Record Who
	// MaxParticipants bounds how many are in the room, 0: as many as the node allows.
	MaxParticipants int
}

// DefaultSettings are those of a meeting whose owner has not said otherwise. A person's meeting takes guests; to one of an API key
// comes who has a token of that key's, and hosts say who records it.
func DefaultSettings(o Owner) Settings {
	s := Settings{Guests: o.Key == "", Share: Everyone, Chat: Everyone, Unmute: Everyone, Record: Everyone}
	if o.Key != "" {
		s.Record = Hosts
	}
	return s
}

// A SettingsPatch changes what is not nil.
type SettingsPatch struct {
	WaitingRoom, Locked, Guests, AudioLevels *bool
	Share, Chat, Unmute, Record              *Who
	MaxParticipants                          *int
}

func (p SettingsPatch) apply(s *Settings) {
	set(&s.WaitingRoom, p.WaitingRoom)
	set(&s.Locked, p.Locked)
	set(&s.Guests, p.Guests)
	set(&s.AudioLevels, p.AudioLevels)
	set(&s.Share, p.Share)
	set(&s.Chat, p.Chat)
	set(&s.Unmute, p.Unmute)
	set(&s.Record, p.Record)
	set(&s.MaxParticipants, p.MaxParticipants)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// A Draft is a meeting to create.
type Draft struct {
	// ID is chosen by an API key, or "" for one that can't be guessed. A person does not choose.
	ID           string
	Title        string
	Starts, Ends time.Time
	TimeZone     string
	Settings     SettingsPatch
}

// A Patch changes what is not nil. A zero time stands for none.
type Patch struct {
	Title        *string
	Starts, Ends *time.Time
	TimeZone     *string
	Settings     SettingsPatch
}

func (p Patch) apply(m *Meeting) {
	set(&m.Title, p.Title)
	set(&m.Starts, p.Starts)
	set(&m.Ends, p.Ends)
	set(&m.TimeZone, p.TimeZone)
	p.Settings.apply(&m.Settings)
}

// validate returns nil or an error that names the value and its range.
func (m *Meeting) validate() error {
	if !token.ValidRoom(m.ID) {
		return errorf(CodeInvalid, "an id is 1 to %d characters of A-Z a-z 0-9 . _ -", token.MaxRoomLength)
	}
	if len(m.Title) > MaxTitleLength || !token.Printable(m.Title) {
		return errorf(CodeInvalid, "a title is at most %d bytes of UTF-8 without control characters", MaxTitleLength)
	}
	if !m.Starts.IsZero() && !m.Ends.IsZero() && !m.Ends.After(m.Starts) {
		return errorf(CodeInvalid, "a meeting must end after it starts")
	}
	for _, t := range []time.Time{m.Starts, m.Ends} {
		if !t.IsZero() && (t.Year() < 1970 || t.Year() > 9999) {
			return errorf(CodeInvalid, "a time is in the years 1970 to 9999")
		}
	}
	if !validZone(m.TimeZone) {
		return errorf(CodeInvalid, "a time zone is an IANA name such as Europe/Berlin")
	}
	for _, who := range []Who{m.Settings.Share, m.Settings.Chat, m.Settings.Unmute, m.Settings.Record} {
		if who != Everyone && who != Hosts {
			return errorf(CodeInvalid, "share, chat, unmute and record are %q or %q", Everyone, Hosts)
		}
	}
	if m.Settings.MaxParticipants < 0 || m.Settings.MaxParticipants > MaxParticipants {
		return errorf(CodeInvalid, "the number of participants is at most %d; 0 stands for the node's limit", MaxParticipants)
	}
	return nil
}

func validZone(name string) bool {
	if name == "" {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local" && !strings.HasPrefix(name, ".")
}
