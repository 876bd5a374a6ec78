package meeting

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// A Store keeps what the Service has to remember. Nodes of a cluster share one. Its methods may be called concurrently.
//
// What is not there fails with an *Error of CodeNotFound, every other error is one of the database.
type Store interface {
	Reader
	// Write calls f with a transaction, and commits it if f returns nil. When transactions get into each other's way it calls f
	// again, so f does nothing but read and write.
	Write(ctx context.Context, f func(Tx) error) error
	// Key returns the key that signs the Service's tokens, the same for all nodes, and makes it if there is none.
	Key(ctx context.Context) (token.Key, error)
}

// A Reader reads. Lists begin after a cursor, of which the zero value is the begin.
type Reader interface {
	Meeting(ctx context.Context, id string) (Meeting, error)
	// Meetings lists an owner's, the newest first.
	Meetings(ctx context.Context, o Owner, after Cursor, limit int) ([]Meeting, error)
	// CountMeetings counts an owner's that have not ended.
	CountMeetings(ctx context.Context, o Owner) (int, error)
	// Standing tells what the store knows of an identity in a meeting.
	Standing(ctx context.Context, id, identity string) (Standing, error)
	// TokenRevoked reports whether a join token of a meeting was revoked.
	TokenRevoked(ctx context.Context, id, token string) (bool, error)
	// Appointments and Blocks are listed by identity, which is the cursor.
	Appointments(ctx context.Context, id, after string, limit int) ([]Appointment, error)
	Blocks(ctx context.Context, id, after string, limit int) ([]Block, error)
	// Attendance lists a room's, the newest first.
	Attendance(ctx context.Context, room string, after Cursor, limit int) ([]Attendance, error)
	// Audit lists a meeting's entries, the newest first.
	Audit(ctx context.Context, id string, after Cursor, limit int) ([]Entry, error)
	// Traces returns what is known of an identity: of all meetings, or of those of one API key if key is not "". Lists that would
	// be longer than limit are cut.
	Traces(ctx context.Context, identity, key string, limit int) (Traces, error)
}

// A Tx is a transaction. It reads what it has written.
type Tx interface {
	Reader
	// AddMeeting fails with CodeTaken when the id is another's.
	AddMeeting(ctx context.Context, m Meeting) error
	// ChangeMeeting replaces the meeting of m.ID if it has the version before m.Version, else it fails with CodeVersion.
	ChangeMeeting(ctx context.Context, m Meeting) error
	// RemoveMeeting removes a meeting and all that belongs to it.
	RemoveMeeting(ctx context.Context, id string) error
	// Remember keeps what an idempotency key of an owner stands for. If it was kept before, it returns that, with true.
	Remember(ctx context.Context, o Owner, key string, r Request) (Request, bool, error)

	// Appoint gives an identity a role; Member takes it away.
	Appoint(ctx context.Context, id string, a Appointment) error
	Block(ctx context.Context, id string, b Block) error
	// Unblock reports whether there was a block.
	Unblock(ctx context.Context, id, identity string) (bool, error)
	// Revoke revokes tokens of an identity that were issued until then.
	Revoke(ctx context.Context, id, identity string, until time.Time) error
	// RevokeToken revokes one token of a meeting, and reports whether it was not revoked before.
	RevokeToken(ctx context.Context, id, token string, at time.Time) (bool, error)

	// Enter notes that somebody is in a room, and reports whether it was not noted before, and if so whether nobody was there. A session
	// that is noted already is of a.Node from then on if it moved there, and stays what it is otherwise.
	Enter(ctx context.Context, a Attendance, moved bool) (entered, first bool, err error)
	// Leave notes that somebody left, and reports who it was and whether nobody is there any more. It fails with CodeNotFound if
	// nobody of that session is there.
	Leave(ctx context.Context, session, reason string, at time.Time) (who Attendance, last bool, err error)
	// Renew says that a node lives until then.
	Renew(ctx context.Context, node string, until time.Time) error
	// Lapsed returns who is noted as being in a room at a node that does not live any more, at most limit of them.
	Lapsed(ctx context.Context, now time.Time, limit int) ([]Attendance, error)

	// Log adds an entry to the audit log.
	Log(ctx context.Context, e Entry) error
	// Send puts a webhook into the queues of endpoints, after all others of the room.
	Send(ctx context.Context, endpoints []string, m Message) error

	// Erase removes what Traces finds: the identity becomes unknown, its own meetings are removed, others' records stay
	// without it.
	Erase(ctx context.Context, identity, key string) error
	// Adopt makes one person's meetings and roles those of another, and returns the ids of the meetings. What it is in a meeting in which the
	// other has a role stays as the other's is.
	Adopt(ctx context.Context, from, to string, at time.Time) ([]string, error)
	// Expire removes what is older than before, at most limit of each kind, and returns how many.
	Expire(ctx context.Context, before time.Time, limit int) (int, error)
}

// A Cursor is a place in a list by time.
type Cursor struct {
	At time.Time
	ID string
}

// Standing is what the store knows of an identity in a meeting.
type Standing struct {
	Meeting Meeting
	// Role is never "".
	Role    Role
	Blocked bool
	// Revoked: tokens issued until then are void; zero: none is.
	Revoked time.Time
}

// A Request is what an idempotency key stands for.
type Request struct {
	// Digest is that of what was asked for.
	Digest []byte
	// Meeting is the id of what was made.
	Meeting string
	At      time.Time
}

// Attendance is one stay of somebody in a room.
type Attendance struct {
	Session, Room, Identity, Name string
	// Node is the id of the process that holds the session.
	Node   string
	Joined time.Time
	// Left is zero while it is there.
	Left time.Time
	// Reason is why it left: see Event.
	Reason string
	// Records: it said that it records.
	Records bool
}

// An Entry of the audit log tells of a privileged action.
type Entry struct {
	ID      string
	At      time.Time
	Meeting string
	// By is who did it: an identity, or "key:" and the id of an API key.
	By     string
	Action string
	// Target is the identity that it was done to, or "".
	Target string
	// Detail says more, never a secret.
	Detail string
}

// A Message is a webhook to be delivered.
type Message struct {
	// ID is the same for every attempt and every endpoint.
	ID, Room string
	// Identity is whom it is about, or "".
	Identity string
	Payload  []byte
	At       time.Time
}

// Traces are what is known of an identity.
type Traces struct {
	Identity string
	// Name and Email are what its provider said, if it has one.
	Name, Email  string
	Meetings     []Meeting
	Appointments []Trace[Appointment]
	Blocks       []Trace[Block]
	Attendance   []Attendance
	Audit        []Entry
}

// A Trace is something in a meeting.
type Trace[T any] struct {
	Meeting string
	What    T
}
