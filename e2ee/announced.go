package e2ee

// Announced returns what an announcement says of one who is no member yet, such as somebody who waits to be let in. Nothing is
// remembered. It fails when the announcement is none of this meeting.
func (s *Session) Announced(message []byte) (name string, roles Roles, err error) {
	a, err := openAnnouncement(s.meeting, message)
	if err != nil {
		return "", 0, err
	}
	return a.name, a.roles, nil
}
