package wire

// The codes of spec/wire.md §6. They are stable: clients decide by them.
const (
	CodeMalformed          = "malformed"
	CodeVersionUnsupported = "version-unsupported"
	CodeHelloTimeout       = "hello-timeout"
	CodeUnauthorized       = "unauthorized"
	CodeRoomInvalid        = "room-invalid"
	CodeRoomFull           = "room-full"
	CodeServerFull         = "server-full"
	CodeResumeUnknown      = "resume-unknown"
	CodeRateLimited        = "rate-limited"
	CodeSlowClient         = "slow-client"
	CodeReplaced           = "replaced"
	CodeSplit              = "split"
	CodeRemoved            = "removed"
	CodeBlocked            = "blocked"
	CodeRejected           = "rejected"
	CodeForgotten          = "forgotten"
	CodeEnded              = "ended"
	CodeLocked             = "locked"
	CodeGuestsRefused      = "guests-refused"
	CodeTokenRevoked       = "token-revoked"
	CodeForeignKey         = "foreign-key"
	CodeRecordingRefused   = "recording-refused"
	CodeShuttingDown       = "shutting-down"
	CodeForbidden          = "forbidden"
	CodeUnavailable        = "unavailable"
	CodeWaiting            = "waiting"
	CodeParticipantUnknown = "participant-unknown"
	CodeTrackUnknown       = "track-unknown"
	CodeTrackLimit         = "track-limit"
	CodeSubscriptionLimit  = "subscription-limit"
	CodeTrackInvalid       = "track-invalid"
	CodeObjectTooLarge     = "object-too-large"
	CodeMessageTooLarge    = "message-too-large"
	CodeInternal           = "internal"
)

// Ends tells what an error puts an end to.
type Ends uint8

// What an error ends.
const (
	EndsNothing Ends = iota
	// EndsConnection: the session, if there is one, may be resumed on another connection.
	EndsConnection
	// EndsSession: the connection ends as well, and the session can't be resumed.
	EndsSession
)

type codeTraits struct {
	ends      Ends
	retryable bool
}

var codes = map[string]codeTraits{
	CodeMalformed:          {EndsConnection, false},
	CodeVersionUnsupported: {EndsConnection, false},
	CodeHelloTimeout:       {EndsConnection, true},
	CodeUnauthorized:       {EndsConnection, false},
	CodeRoomInvalid:        {EndsConnection, false},
	CodeRoomFull:           {EndsConnection, true},
	CodeServerFull:         {EndsConnection, true},
	CodeResumeUnknown:      {EndsConnection, true},
	CodeRateLimited:        {EndsSession, true},
	CodeSlowClient:         {EndsSession, true},
	CodeReplaced:           {EndsSession, false},
	CodeSplit:              {EndsSession, true},
	CodeRemoved:            {EndsSession, false},
	CodeBlocked:            {EndsSession, false},
	CodeRejected:           {EndsSession, false},
	CodeForgotten:          {EndsSession, false},
	CodeEnded:              {EndsSession, false},
	CodeLocked:             {EndsConnection, false},
	CodeGuestsRefused:      {EndsConnection, false},
	CodeTokenRevoked:       {EndsConnection, false},
	CodeForeignKey:         {EndsConnection, false},
	CodeRecordingRefused:   {EndsConnection, false},
	CodeShuttingDown:       {EndsConnection, true},
	CodeForbidden:          {EndsNothing, false},
	CodeUnavailable:        {EndsNothing, true},
	CodeWaiting:            {EndsNothing, false},
	CodeParticipantUnknown: {EndsNothing, false},
	CodeTrackUnknown:       {EndsNothing, true},
	CodeTrackLimit:         {EndsNothing, false},
	CodeSubscriptionLimit:  {EndsNothing, false},
	CodeTrackInvalid:       {EndsNothing, false},
	CodeObjectTooLarge:     {EndsNothing, false},
	CodeMessageTooLarge:    {EndsNothing, false},
	CodeInternal:           {EndsSession, true},
}

// KnownCode reports whether a code is in the table.
func KnownCode(code string) bool {
	_, known := codes[code]
	return known
}

// EndsOf returns what an error with this code ends; nothing for a code that is not in the table.
func EndsOf(code string) Ends { return codes[code].ends }

// Retryable reports whether trying again later may help; false for a code that is not in the table.
func Retryable(code string) bool { return codes[code].retryable }
