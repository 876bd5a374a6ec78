package e2ee

import (
	"encoding/base64"
	"net/url"
	"strings"
)

const fragmentVersion = "e1."

var strictBase64 = base64.RawURLEncoding.Strict()

// Invitation is what the fragment of an invitation link carries: the part that no server sees.
type Invitation struct {
	// Secret is the meeting secret; zero if the link has none.
	Secret Secret
	// Host names who decides about the meeting; zero if nobody can prove to. Without a secret there is none.
	Host Host
}

// Fragment returns what follows the # of an invitation link, such as "e1.AAEC…", or "e1.AAEC….XYZ…" if a host is named. It
// is as secret as the secret. Empty without one.
func (i Invitation) Fragment() string {
	if !i.Secret.Verified() {
		return ""
	}
	fragment := fragmentVersion + strictBase64.EncodeToString(i.Secret[:])
	if i.Host.Named() {
		fragment += "." + strictBase64.EncodeToString(i.Host[:])
	}
	return fragment
}

// ParseFragment is the inverse of [Invitation.Fragment]. Errors: [LinkInvalid], [VersionUnsupported].
func ParseFragment(fragment string) (Invitation, error) {
	text, ok := strings.CutPrefix(fragment, fragmentVersion)
	if !ok {
		if v, _, found := strings.Cut(fragment, "."); found && len(v) == 2 && v[0] == 'e' && v[1] >= '2' && v[1] <= '9' {
			return Invitation{}, fail(VersionUnsupported, "the link is of a newer version: update this program")
		}
		return Invitation{}, fail(LinkInvalid, "the part after # is not a meeting secret: copy the whole link")
	}
	var i Invitation
	secret, host, named := strings.Cut(text, ".")
	if err := decodeExactly(i.Secret[:], secret); err != nil {
		return Invitation{}, err
	}
	if !i.Secret.Verified() {
		return Invitation{}, fail(LinkInvalid, "the meeting secret is all zero, which protects nothing")
	}
	if !named {
		return i, nil
	}
	if err := decodeExactly(i.Host[:], host); err != nil {
		return Invitation{}, err
	}
	if !i.Host.Named() {
		return Invitation{}, fail(LinkInvalid, "the host is all zero, which names nobody")
	}
	return i, nil
}

// decodeExactly fills dst from text.
func decodeExactly(dst []byte, text string) error {
	if len(text) != strictBase64.EncodedLen(len(dst)) || strings.ContainsAny(text, "\r\n") {
		return fail(LinkInvalid, "the part after # has the wrong length: copy the whole link")
	}
	if _, err := strictBase64.Decode(dst, []byte(text)); err != nil {
		return fail(LinkInvalid, "the part after # is not base64url: copy the link unchanged")
	}
	return nil
}

// FormatLink returns the invitation link of a room on the node at base, such as "https://meet.example.org". Without a
// secret the link has no fragment. Errors: [LinkInvalid] for the base, [RoomInvalid].
func FormatLink(base, room string, i Invitation) (string, error) {
	u, err := url.Parse(base)
	if err != nil || !isWeb(u) || u.RawQuery != "" || u.Fragment != "" {
		return "", fail(LinkInvalid, "the base of a link is the node's address, such as https://meet.example.org")
	}
	if !validRoom(room) {
		return "", errRoom()
	}
	link := strings.TrimSuffix(u.String(), "/") + "/m/" + room
	if fragment := i.Fragment(); fragment != "" {
		link += "#" + fragment
	}
	return link, nil
}

// ParseLink takes an invitation link apart. Without a fragment the invitation is zero. Errors: [LinkInvalid],
// [RoomInvalid], [VersionUnsupported].
func ParseLink(link string) (room string, i Invitation, err error) {
	// The fragment is cut off by hand: an error of url.Parse would repeat it.
	address, fragment, hasFragment := strings.Cut(link, "#")
	u, err := url.Parse(address)
	if err != nil || !isWeb(u) {
		return "", Invitation{}, fail(LinkInvalid, "not a web address: it looks like https://HOST/m/ROOM#e1.…")
	}
	parent, room := cutLast(u.EscapedPath())
	if !strings.HasSuffix(parent, "/m") {
		return "", Invitation{}, fail(LinkInvalid, "not an invitation: its path ends in /m/ROOM")
	}
	if !validRoom(room) {
		return "", Invitation{}, errRoom()
	}
	if hasFragment && fragment != "" {
		if i, err = ParseFragment(fragment); err != nil {
			return "", Invitation{}, err
		}
	}
	return room, i, nil
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
