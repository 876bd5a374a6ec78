package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/openconfab/confab/internal/meeting"
)

// etag is the ETag of a version (RFC 9110 §8.8.3).
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// ifMatch reads If-Match: 0 stands for any version. Of a list, which has no use here, it knows no more than that it does not
// match.
func ifMatch(header string) (version int64, err error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return 0, nil
	}
	text, ok := strings.CutPrefix(header, `"`)
	text, ends := strings.CutSuffix(text, `"`)
	version, err = strconv.ParseInt(text, 10, 64)
	if !ok || !ends || err != nil || version <= 0 {
		return 0, problem(http.StatusPreconditionFailed, string(meeting.CodeVersion), "If-Match is none of this meeting's ETags: get it again")
	}
	return version, nil
}
