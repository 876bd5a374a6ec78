// Package record writes down a call: a file for each participant's camera and microphone, another for its screen, a list of the
// files, and a mix of all of them afterwards.
//
// What is written is what was sent, never encoded anew. A file has a new part whenever it can't go on as it began: the video
// appears or changes its codec. All that has been written can be played, whenever the program ends and however.
package record
