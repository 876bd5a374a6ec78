// Package webhook signs and verifies what a Confab node tells other programs: that a room began, who joined, what was published.
//
// A webhook is an HTTP POST of a JSON Event, signed as Standard Webhooks says (https://www.standardwebhooks.com): the header
// webhook-id names the event, webhook-timestamp is the time of the attempt in seconds since 1970, webhook-signature is "v1," and
// the base64 of an HMAC-SHA-256 over id, timestamp and body. Other implementations of that specification verify it as well.
//
// Every event is delivered at least once. An attempt is repeated, with the same id, until the receiver answers with a status of
// 200 to 299; so a receiver remembers ids and ignores those that it has seen. Those of one room come in the order in which
// they happened; the next one is not sent before.
package webhook
