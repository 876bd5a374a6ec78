package e2ee

// MaxTopicBytes limits the topic of a data message.
const MaxTopicBytes = 64

// appendDataMetadata appends what a data message's encryption authenticates besides its payload.
func appendDataMetadata(dst []byte, topic string) []byte {
	return appendLP(append(dst, label("data")...), []byte(topic))
}
