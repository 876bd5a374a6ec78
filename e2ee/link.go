package e2ee

import (
	"encoding/base64"
	"net/url"
	"strings"
)

const fragmentVersion = "e1."

var strictBase64 = base64.RawURLEncoding.Strict()

// Fragment returns what follows the # of an invitation link, such as "e1.AAEC…". It is as secret as s.
func (s Secret) Fragment() string { return fragmentVersion + strictBase64.EncodeToString(s[:]) }

// ParseFragment is the inverse of [Secret.Fragment]. Errors: [LinkInvalid], [VersionUnsupported].
func ParseFragment(fragment string) (Secret, error) {
	text, ok := strings.CutPrefix(fragment, fragmentVersion)
	if !ok {
		if v, _, found := strings.Cut(fragment, "."); found && len(v) == 2 && v[0] == 'e' && v[1] >= '2' && v[1] <= '9' {
			return Secret{}, fail(VersionUnsupported, "the link is of a newer version: update this program")
		}
		return Secret{}, fail(LinkInvalid, "the part after # is not a meeting secret: copy the whole link")
	}
	var s Secret
	if len(text) != strictBase64.EncodedLen(len(s)) || strings.ContainsAny(text, "\r\n") {
		return Secret{}, fail(LinkInvalid, "the meeting secret has the wrong length: copy the whole link")
	}
	if _, err := strictBase64.Decode(s[:], []byte(text)); err != nil {
		return Secret{}, fail(LinkInvalid, "the meeting secret is not base64url: copy the link unchanged")
	}
	if !s.Verified() {
		return Secret{}, fail(LinkInvalid, "the meeting secret is all zero, which protects nothing")
	}
	return s, nil
}

// FormatLink returns the invitation link of a room on the node at base, such as "https://meet.example.org". A zero
// secret gives a link without a fragment. Errors: [LinkInvalid] for the base, [RoomInvalid].
func FormatLink(base, room string, secret Secret) (string, error) {
	u, err := url.Parse(base)
	if err != nil || !isWeb(u) || u.RawQuery != "" || u.Fragment != "" {
		return "", fail(LinkInvalid, "the base of a link is the node's address, such as https://meet.example.org")
	}
	if !validRoom(room) {
		return "", errRoom()
	}
	link := strings.TrimSuffix(u.String(), "/") + "/m/" + room
	if secret.Verified() {
		link += "#" + secret.Fragment()
	}
	return link, nil
}

// ParseLink takes an invitation link apart. Without a fragment the secret is zero. Errors: [LinkInvalid],
// [RoomInvalid], [VersionUnsupported].
func ParseLink(link string) (room string, secret Secret, err error) {
	// The fragment is cut off by hand: an error of url.Parse would repeat it.
	address, fragment, hasFragment := strings.Cut(link, "#")
	u, err := url.Parse(address)
	if err != nil || !isWeb(u) {
		return "", Secret{}, fail(LinkInvalid, "not a web address: it looks like https://HOST/m/ROOM#e1.…")
	}
	parent, room := cutLast(u.EscapedPath())
	if !strings.HasSuffix(parent, "/m") {
		return "", Secret{}, fail(LinkInvalid, "not an invitation: its path ends in /m/ROOM")
	}
	if !validRoom(room) {
		return "", Secret{}, errRoom()
	}
	if hasFragment && fragment != "" {
		if secret, err = ParseFragment(fragment); err != nil {
			return "", Secret{}, err
		}
	}
	return room, secret, nil
}

func isWeb(u *url.URL) bool { return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" }

func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

func errRoom() error {
	return fail(RoomInvalid, "a room id is 1 to 64 characters of A–Z a–z 0–9 . _ -")
}

func validRoom(room string) bool {
	if len(room) < 1 || len(room) > 64 {
		return false
	}
	for i := range len(room) {
		c := room[i]
		alphanumeric := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alphanumeric && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
