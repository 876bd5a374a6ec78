package room

import (
	"fmt"
	"slices"
	"testing"
)

// giveUp has each of two nodes give up the participants of the other.
func giveUp(a, b *node) {
	a.registry.Settle("room", b.id, nil, start)
	b.registry.Settle("room", a.id, nil, start)
}

// TestWhoWasGivenUpIsThereAgain: those who were told that it has left are not told of it, but are to join anew, those of one side first;
// once these have, the others need not. Who has come meanwhile is told as usual.
func TestWhoWasGivenUpIsThereAgain(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "Anna", everything())
	ben, _ := enter(t, nodes[1].registry, "ben", "Ben", everything())
	meet(nodes)
	anna.drain()
	ben.drain()
	giveUp(nodes[0], nodes[1])
	expect(t, anna, "left ben 2")
	expect(t, ben, "left anna 2")
	cleo, _ := enter(t, nodes[1].registry, "cleo", "Cleo", everything())
	expect(t, ben, "joined cleo")

	meet(nodes)
	must(t, anna.Publish(microphone(1)))
	carry(nodes, false)
	expect(t, anna, "joined cleo")
	expect(t, ben)
	expect(t, cleo, "joined anna", "published anna")
	if !slices.Equal(anna.outdated, []bool{false}) || !slices.Equal(ben.outdated, []bool{true}) || cleo.outdated != nil {
		t.Errorf("to join anew: anna %v, ben %v, cleo %v", anna.outdated, ben.outdated, cleo.outdated)
	}
	if !anna.HasToJoinAnew() || !ben.HasToJoinAnew() || cleo.HasToJoinAnew() {
		t.Error("those who can't be told of each other do not have to join anew, or others do")
	}

	again, joined := enter(t, nodes[0].registry, "anna again", "Anna", everything())
	if len(joined.Admitted.Participants) != 2 {
		t.Errorf("who has joined anew is told of %v", joined.Admitted.Participants)
	}
	carry(nodes, false)
	expect(t, ben, "joined anna again")
	expect(t, cleo, "left anna 3", "joined anna again")
	if ben.HasToJoinAnew() || again.HasToJoinAnew() {
		t.Error("somebody still has to join anew")
	}
	must(t, again.Publish(microphone(1)))
	carry(nodes, false)
	expect(t, ben, "published anna again")
}

// TestGivenUpForGood: of whom its node says that it has left, nobody is reminded.
func TestGivenUpForGood(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "Anna", everything())
	ben, _ := enter(t, nodes[1].registry, "ben", "Ben", everything())
	meet(nodes)
	giveUp(nodes[0], nodes[1])
	anna.Leave(1, start)
	carry(nodes, false)
	if parted := nodes[1].registry.existing("room").parted; len(parted) != 0 || ben.HasToJoinAnew() {
		t.Errorf("%v is remembered", parted)
	}
}

// TestPartingsAreBounded: the latest are remembered.
func TestPartingsAreBounded(t *testing.T) {
	r := newRoom("room", NewRegistry(DefaultLimits(), nil, nil))
	for i := range 2 * maxParted {
		r.lose([]string{fmt.Sprint(i)})
	}
	if len(r.parted) != maxParted || r.parted[fmt.Sprint(2*maxParted-1)] == 0 {
		t.Errorf("%d are remembered", len(r.parted))
	}
}
