package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire/pb"
)

func TestControlRoundTrip(t *testing.T) {
	client := &pb.ClientMessage{RequestId: 3, Kind: &pb.ClientMessage_Hello{Hello: &pb.Hello{Versions: []uint32{1}, Room: "r"}}}
	b, err := MarshalClient(client, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := UnmarshalClient(b, len(b)); err != nil || !proto.Equal(got, client) {
		t.Errorf("got %v, %v", got, err)
	}
	server := &pb.ServerMessage{Kind: &pb.ServerMessage_Pong{Pong: &pb.Pong{Sequence: 9}}}
	if b, err = MarshalServer(server, 64); err != nil {
		t.Fatal(err)
	}
	if got, err := UnmarshalServer(b, len(b)); err != nil || !proto.Equal(got, server) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestControlLimits(t *testing.T) {
	m := &pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: &pb.Welcome{Node: "a node with a name"}}}
	if _, err := MarshalServer(m, 10); CodeOf(err) != CodeMessageTooLarge {
		t.Errorf("marshalled over the limit: %v", err)
	}
	b, err := MarshalServer(m, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := UnmarshalServer(b, len(b)-1); CodeOf(err) != CodeMalformed {
		t.Errorf("unmarshalled over the limit: %v", err)
	}
	if _, err := UnmarshalServer(b[:len(b)-1], 100); CodeOf(err) != CodeMalformed {
		t.Errorf("unmarshalled what is cut short: %v", err)
	}
}

func TestControlOfUnknownKindIsNoError(t *testing.T) {
	b := protowire.AppendTag([]byte{8, 7}, 1000, protowire.BytesType)
	b = protowire.AppendBytes(b, []byte("from the future"))
	m, err := UnmarshalClient(b, 100)
	if err != nil || m.Kind != nil || m.RequestId != 7 {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestErrorCrossesTheWire(t *testing.T) {
	sent := Errorf(CodeRoomFull, "%d are here: try later", 50)
	got := ErrorFromProto(sent.Proto(4))
	if *got != *sent || sent.Proto(4).RequestId != 4 {
		t.Errorf("got %+v", got)
	}
	wrapped := fmt.Errorf("joining: %w", sent)
	if CodeOf(wrapped) != CodeRoomFull || !errors.Is(wrapped, &Error{Code: CodeRoomFull}) || errors.Is(wrapped, &Error{Code: CodeInternal}) {
		t.Errorf("the code is lost in %v", wrapped)
	}
	if CodeOf(errors.New("other")) != "" {
		t.Error("an error without a code has one")
	}
}

func TestConnectInfoJSON(t *testing.T) {
	for want, info := range map[string]ConnectInfo{
		`{"webtransport":{"url":"https://h:1/v1/rt","certificateHashes":["AQI="]},"websocket":{"url":"wss://h:1/v1/rt"},"open":true}`: {
			WebTransport: &WebTransportInfo{URL: "https://h:1/v1/rt", CertificateHashes: [][]byte{{1, 2}}},
			WebSocket:    WebSocketInfo{URL: "wss://h:1/v1/rt"},
			Open:         true,
		},
		`{"websocket":{"url":"ws://h:1/v1/rt"},"open":false}`: {WebSocket: WebSocketInfo{URL: "ws://h:1/v1/rt"}},
	} {
		if got, err := json.Marshal(info); string(got) != want || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
	}
}
