// Package doctor finds out why somebody can't join a meeting, or why it is bad: it checks one thing after the other on the way
// to a node, from its name to lost packets, and says in plain words what is wrong and what to do.
//
// Nobody notices. No room that somebody is in is joined: what needs a room uses one that it makes up.
package doctor
