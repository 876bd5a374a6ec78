package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"github.com/quic-go/webtransport-go"

	"github.com/openconfab/confab/internal/wire"
)

// requestStreamID is that of the first request on a client's connection (RFC 9114 §6.1).
const requestStreamID quic.StreamID = 0

func clientQUICConfig() *quic.Config {
	config := serverQUICConfig()
	config.MaxIncomingStreams = -1
	config.MaxIncomingUniStreams = clientIncomingUniStreams
	return config
}

func dialWebTransport(ctx context.Context, info *wire.WebTransportInfo, o DialOptions) (conn Conn, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("transport: webtransport to %s: %w", info.URL, err)
		}
	}()
	u, err := url.Parse(info.URL)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	addr, err := net.ResolveUDPAddr("udp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	listen := o.ListenPacket
	if listen == nil {
		listen = func() (net.PacketConn, error) { return net.ListenUDP("udp", nil) }
	}
	socket, err := listen()
	if err != nil {
		return nil, err
	}
	transport := &quic.Transport{Conn: socket}
	release := func() {
		transport.Close()
		socket.Close()
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	qconn, err := transport.Dial(ctx, addr, webTransportTLS(u.Hostname(), info.CertificateHashes, o.TLS), clientQUICConfig())
	if err != nil {
		return nil, err
	}
	session, control, err := openSession(ctx, qconn, info.URL)
	if err != nil {
		qconn.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
		return nil, err
	}
	return newWebTransportConn(session, requestStreamID, qconn, control, nil, release), nil
}

func openSession(ctx context.Context, qconn *quic.Conn, url string) (*webtransport.Session, *webtransport.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*handshakeTimeout)
	defer cancel()
	client, err := (&webtransport.Transport{}).NewClientConn(qconn)
	if err != nil {
		return nil, nil, err
	}
	_, session, err := client.Dial(ctx, url, nil)
	if err != nil {
		return nil, nil, err
	}
	control, err := session.OpenStream()
	return session, control, err
}

// webTransportTLS trusts what base trusts, or only certificates with the hashes if there are any, under the conditions
// that browsers set (W3C WebTransport, serverCertificateHashes).
func webTransportTLS(host string, hashes [][]byte, base *tls.Config) *tls.Config {
	config := base.Clone()
	config.NextProtos = []string{http3.NextProtoH3}
	config.MinVersion = tls.VersionTLS13
	if config.ServerName == "" {
		config.ServerName = host
	}
	if len(hashes) > 0 {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error { return verifyHash(state, hashes, config.Time) }
	}
	return config
}

func verifyHash(state tls.ConnectionState, hashes [][]byte, clock func() time.Time) error {
	if clock == nil {
		clock = time.Now
	}
	leaf, now := state.PeerCertificates[0], clock()
	key, isECDSA := leaf.PublicKey.(*ecdsa.PublicKey)
	switch {
	case now.Before(leaf.NotBefore) || now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate is valid from %s to %s: is the clock right?", leaf.NotBefore, leaf.NotAfter)
	case leaf.NotAfter.Sub(leaf.NotBefore) > 14*24*time.Hour:
		return errors.New("a certificate trusted by its hash may be valid for 14 days at most")
	case !isECDSA || key.Curve != elliptic.P256():
		return errors.New("a certificate trusted by its hash must have a P-256 key")
	}
	hash := sha256.Sum256(leaf.Raw)
	for _, trusted := range hashes {
		if subtle.ConstantTimeCompare(hash[:], trusted) == 1 {
			return nil
		}
	}
	return errors.New("the certificate has none of the hashes that the node announced")
}
