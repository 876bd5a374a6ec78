package backbone

import (
	"regexp"
	"strings"
	"testing"
)

func TestTopicsTellNothing(t *testing.T) {
	word := regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9]+)*$`)
	seen := map[Topic]string{}
	for _, id := range []string{"a", "A", "team.*", "team.>", "weekly-meeting", strings.Repeat("x", 64), ""} {
		topic := Room(id)
		if !word.MatchString(topic.String()) {
			t.Errorf("Room(%q) is %q", id, topic)
		}
		if len(id) > 1 && strings.Contains(topic.String(), id) {
			t.Errorf("Room(%q) tells the room: %q", id, topic)
		}
		if other, twice := seen[topic]; twice {
			t.Errorf("Room(%q) and Room(%q) are the same topic", id, other)
		}
		seen[topic] = id
	}
	for _, l := range []Lane{Control, Sound, Video} {
		if topic := Inbox("abc234", l); !word.MatchString(topic.String()) {
			t.Errorf("Inbox is %q", topic)
		}
	}
}

func TestValidNodeID(t *testing.T) {
	for id, want := range map[string]bool{
		"": false, "a": true, "node7": true, "a.b": false, "*": false, ">": false, "A": false, "a b": false, "a-b": false,
		strings.Repeat("a", 32): true, strings.Repeat("a", 33): false, "a*a": false,
	} {
		if got := ValidNodeID(id); got != want {
			t.Errorf("ValidNodeID(%q) is %v", id, got)
		}
	}
}
