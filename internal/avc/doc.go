// Package avc converts H.264 between the byte stream that goes over the wire (ITU-T H.264 Annex B) and the form that files
// use, samples of length-prefixed NAL units with a configuration record (ISO/IEC 14496-15).
package avc
