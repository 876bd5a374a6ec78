package meeting

import "time"

// A Role is what somebody is in a meeting.
type Role string

// The roles. Hosts and co-hosts have the admin grant; only a host makes hosts.
const (
	Host   Role = "host"
	CoHost Role = "cohost"
	Member Role = "member"
)

func (r Role) admin() bool { return r == Host || r == CoHost }

// An Appointment is the role of an identity; members without one are not listed.
type Appointment struct {
	Identity string
	Role     Role
	By       string
	At       time.Time
}

// A Block keeps an identity out of a meeting.
type Block struct {
	Identity string
	By       string
	At       time.Time
}
