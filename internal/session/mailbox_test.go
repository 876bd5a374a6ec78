package session

import "testing"

// TestMailboxOfTwoConnections: what the connection before acknowledges late is not gone before it was sent on the one that took over.
func TestMailboxOfTwoConnections(t *testing.T) {
	old, taken := &connection{}, &connection{}
	m := mailbox{limit: 1000, reader: old}
	for _, msg := range []string{"one", "two", "three"} {
		m.put([]byte(msg))
	}
	if !m.acknowledge(old, 1) || m.acknowledge(old, 4) {
		t.Error("acknowledging one of three, then four")
	}
	if _, ok := m.readBy(taken, 4); ok {
		t.Error("the client has processed four of three")
	}
	if !m.acknowledge(old, 2) {
		t.Error("the connection in use is not heard after another was refused")
	}
	if number, ok := m.readBy(taken, 1); !ok || number != 2 {
		t.Errorf("goes on after %d, %v", number, ok)
	}
	if !m.acknowledge(old, 3) {
		t.Error("the connection before has broken a rule")
	}
	if got := string(m.next(3)); got != "three" {
		t.Errorf("the third message is %q", got)
	}
	if !m.acknowledge(taken, 3) || m.next(3) != nil {
		t.Error("the third message is still there")
	}
	m.close()
	if _, ok := m.readBy(old, 3); ok {
		t.Error("a closed mailbox is read")
	}
	if _, _, ok := m.kept(3); ok {
		t.Error("a closed mailbox is handed over")
	}
}
