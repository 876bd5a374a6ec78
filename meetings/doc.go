// Package meetings is the HTTP API of a node (/docs/api) for back ends in Go: it makes meetings, lets people in, says who is there
// and who waits, and ends meetings.
//
// A [Client] holds the node's address and an API key. A back end makes a meeting with [Client.Create], and for everybody who is
// about to enter it asks for a join token with [Client.Join], which it hands to that person's page. What happens in a meeting it is
// told by webhooks (package webhook). The secret that encrypts a meeting is no part of this API and never goes to a node.
package meetings
