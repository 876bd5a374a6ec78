package e2ee

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
)

const (
	sasBody = prefixSize + 32 + 32 + 32
	sasSize = sasBody + signatureSize
	// sasEmoji of them are compared, of 6 bits each.
	sasEmoji = 7
)

// Emoji is one of the pictures by which two people compare codes: the list of the Matrix specification.
type Emoji struct {
	Picture string
	// Name is the English one.
	Name string
}

// sasName is the signature name of a SAS message.
func sasName(t messageType) string {
	switch t {
	case typeSASCommit:
		return "sas-commit"
	case typeSASReveal:
		return "sas-reveal"
	default:
		return "sas-end"
	}
}

// openSAS verifies a SAS commit, reveal or end and returns the 32 bytes that it carries.
func openSAS(m *meeting, t messageType, from peer, self annID, message []byte) ([32]byte, error) {
	fields, err := checkPrefix(message, t, &m.mid, sasSize)
	if err != nil {
		return [32]byte{}, err
	}
	if err := checkPair(fields, from.id, self); err != nil {
		return [32]byte{}, err
	}
	if !verify(from.ik, sasName(t), message[:sasBody], message[sasBody:]) {
		return [32]byte{}, errSignature()
	}
	return [32]byte(fields[64:]), nil
}

func sealSAS(m *meeting, t messageType, key ed25519.PrivateKey, self, to annID, value [32]byte) []byte {
	body := appendPrefix(make([]byte, 0, sasSize), t, &m.mid)
	body = append(append(body, self[:]...), to[:]...)
	return sign(key, sasName(t), append(body, value[:]...))
}

// sasCommitment is what a member commits to before it reveals its nonce.
func sasCommitment(member annID, nonce [32]byte) [32]byte {
	return sha256.Sum256(append(append(label("sas commit"), member[:]...), nonce[:]...))
}

// sasNumbers are the numbers of the emoji that two members show, the same whichever of them computes it.
func sasNumbers(a, b annID, nonceA, nonceB [32]byte) [sasEmoji]uint8 {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b, nonceA, nonceB = b, a, nonceB, nonceA
	}
	info := append(append(label("sas"), a[:]...), b[:]...)
	out := derive256(nil, append(nonceA[:], nonceB[:]...), info, 6)
	bits := binary.BigEndian.Uint64(append([]byte{0, 0}, out...))
	var numbers [sasEmoji]uint8
	for i := range numbers {
		numbers[i] = uint8(bits >> (42 - 6*i) & 63)
	}
	return numbers
}

var emoji = [64]Emoji{
	{"🐶", "Dog"}, {"🐱", "Cat"}, {"🦁", "Lion"}, {"🐎", "Horse"}, {"🦄", "Unicorn"}, {"🐷", "Pig"}, {"🐘", "Elephant"}, {"🐰", "Rabbit"},
	{"🐼", "Panda"}, {"🐓", "Rooster"}, {"🐧", "Penguin"}, {"🐢", "Turtle"}, {"🐟", "Fish"}, {"🐙", "Octopus"}, {"🦋", "Butterfly"}, {"🌷", "Flower"},
	{"🌳", "Tree"}, {"🌵", "Cactus"}, {"🍄", "Mushroom"}, {"🌏", "Globe"}, {"🌙", "Moon"}, {"☁️", "Cloud"}, {"🔥", "Fire"}, {"🍌", "Banana"},
	{"🍎", "Apple"}, {"🍓", "Strawberry"}, {"🌽", "Corn"}, {"🍕", "Pizza"}, {"🎂", "Cake"}, {"❤️", "Heart"}, {"😀", "Smiley"}, {"🤖", "Robot"},
	{"🎩", "Hat"}, {"👓", "Glasses"}, {"🔧", "Spanner"}, {"🎅", "Santa"}, {"👍", "Thumbs up"}, {"☂️", "Umbrella"}, {"⌛", "Hourglass"}, {"⏰", "Clock"},
	{"🎁", "Gift"}, {"💡", "Light bulb"}, {"📕", "Book"}, {"✏️", "Pencil"}, {"📎", "Paperclip"}, {"✂️", "Scissors"}, {"🔒", "Lock"}, {"🔑", "Key"},
	{"🔨", "Hammer"}, {"☎️", "Telephone"}, {"🏁", "Flag"}, {"🚂", "Train"}, {"🚲", "Bicycle"}, {"✈️", "Aeroplane"}, {"🚀", "Rocket"}, {"🏆", "Trophy"},
	{"⚽", "Ball"}, {"🎸", "Guitar"}, {"🎺", "Trumpet"}, {"🔔", "Bell"}, {"⚓", "Anchor"}, {"🎧", "Headphones"}, {"📁", "Folder"}, {"📌", "Pin"},
}
