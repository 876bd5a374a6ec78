// Package meeting holds the rules of meetings: who may enter, who is in charge, what happened and what is kept of it. A meeting's
// id is the id of its room; a room may be without a meeting, then nobody is in charge of it but the tokens of the application.
//
// A node asks Decide at every join and tells Happened and Moderated what goes on; the HTTP API is for those who own meetings. What is
// kept is in a Store, which nodes of a cluster share.
package meeting
