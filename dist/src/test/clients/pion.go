// A TURN client on pion, and the peer it talks to, an echo on another socket. Both count.
// This version of pion asks for no address family and no lifetime and finds servers by IPv4 only;
// the wire below it adds the former to its Allocate, and the resolver takes both families.
package main

import (
	"crypto/tls"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/stun"
	"github.com/pion/transport/stdnet"
	"github.com/pion/turn/v2"
)

var (
	server    = flag.String("server", "", "host:port")
	transport = flag.String("transport", "udp", "udp, tcp or tls")
	user      = flag.String("user", "", "")
	password  = flag.String("password", "", "")
	realm     = flag.String("realm", "gatehouse", "")
	peerHost  = flag.String("peer", "", "address of the echo")
	messages  = flag.Int("messages", 20, "how many")
	family    = flag.Int("family", 0, "4 or 6: what to ask for; 0: nothing")
	lifetime  = flag.Int("lifetime", 0, "seconds to ask for; then send again a second after that time")
	channels  = flag.Bool("channels", true, "false: lose every ChannelBind")
	refresh   = flag.Bool("refresh", true, "false: lose every Refresh")
)

func fail(what string, err error) {
	fmt.Println("failed:", what, err)
	os.Exit(1)
}

// What pion sends and receives, counted by kind.
type wire struct {
	net.PacketConn
	integrity                                      stun.MessageIntegrity
	indicationsOut, indicationsIn, dataOut, dataIn int64
}

func (w *wire) WriteTo(packet []byte, to net.Addr) (int, error) {
	wanted := packet
	if packet[0]>>6 == 1 {
		atomic.AddInt64(&w.dataOut, 1)
	} else if message := decoded(packet); message != nil {
		switch message.Type.Method {
		case stun.MethodSend:
			atomic.AddInt64(&w.indicationsOut, 1)
		case stun.MethodChannelBind:
			if !*channels {
				return len(packet), nil
			}
		case stun.MethodRefresh:
			if !*refresh {
				return len(packet), nil
			}
		case stun.MethodAllocate:
			if message.Contains(stun.AttrMessageIntegrity) {
				wanted = w.asking(message)
			}
		}
	}
	if _, err := w.PacketConn.WriteTo(wanted, to); err != nil {
		return 0, err
	}
	return len(packet), nil
}

func (w *wire) ReadFrom(packet []byte) (int, net.Addr, error) {
	length, from, err := w.PacketConn.ReadFrom(packet)
	if err == nil && length > 0 {
		if packet[0]>>6 == 1 {
			atomic.AddInt64(&w.dataIn, 1)
		} else if message := decoded(packet[:length]); message != nil && message.Type.Method == stun.MethodData {
			atomic.AddInt64(&w.indicationsIn, 1)
		}
	}
	return length, from, err
}

func decoded(packet []byte) *stun.Message {
	message := stun.New()
	if _, err := message.Write(packet); err != nil {
		return nil
	}
	return message
}

// The Allocate with what pion has no words for.
func (w *wire) asking(plain *stun.Message) []byte {
	message := stun.MustBuild(stun.NewTransactionIDSetter(plain.TransactionID), plain.Type)
	for _, attribute := range plain.Attributes {
		if attribute.Type != stun.AttrMessageIntegrity && attribute.Type != stun.AttrFingerprint {
			message.Add(attribute.Type, attribute.Value)
		}
	}
	if *family != 0 {
		number := map[int]byte{4: 1, 6: 2}[*family]
		message.Add(stun.AttrRequestedAddressFamily, []byte{number, 0, 0, 0})
	}
	if *lifetime != 0 {
		message.Add(stun.AttrLifetime, binary.BigEndian.AppendUint32(nil, uint32(*lifetime)))
	}
	if err := w.integrity.AddTo(message); err != nil {
		fail("integrity", err)
	}
	if err := stun.Fingerprint.AddTo(message); err != nil {
		fail("fingerprint", err)
	}
	return message.Raw
}

type bothFamilies struct{ *stdnet.Net }

func (bothFamilies) ResolveUDPAddr(_, address string) (*net.UDPAddr, error) {
	return net.ResolveUDPAddr("udp", address)
}

func connect() (net.PacketConn, error) {
	switch *transport {
	case "udp":
		return net.ListenPacket("udp", ":0")
	case "tcp":
		stream, err := net.Dial("tcp", *server)
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(stream), nil
	default:
		stream, err := tls.Dial("tcp", *server, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(stream), nil
	}
}

type echo struct {
	net.PacketConn
	count int64
}

func startEcho() *echo {
	socket, err := net.ListenPacket("udp", net.JoinHostPort(*peerHost, "0"))
	if err != nil {
		fail("echo", err)
	}
	peer := &echo{PacketConn: socket}
	go func() {
		buffer := make([]byte, 2000)
		for {
			length, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			atomic.AddInt64(&peer.count, 1)
			_, _ = socket.WriteTo(buffer[:length], from)
		}
	}()
	return peer
}

// One message after the other, each awaited.
func exchange(relayed net.PacketConn, peer *echo) {
	received := 0
	buffer := make([]byte, 2000)
	for i := 0; i < *messages; i++ {
		message := fmt.Sprintf("message %d", i)
		if _, err := relayed.WriteTo([]byte(message), peer.LocalAddr()); err != nil {
			fail("send", err)
		}
		_ = relayed.SetReadDeadline(time.Now().Add(2 * time.Second))
		length, from, err := relayed.ReadFrom(buffer)
		if err == nil && string(buffer[:length]) == message && from.String() == peer.LocalAddr().String() {
			received++
		}
	}
	fmt.Printf("sent %d echoed %d received %d\n", *messages, atomic.LoadInt64(&peer.count), received)
}

// Messages from both sides at once; what came within a second counts.
func exchangeLater(relayed net.PacketConn, peer *echo) {
	before := atomic.LoadInt64(&peer.count)
	for i := 0; i < *messages; i++ {
		if _, err := relayed.WriteTo([]byte("later"), peer.LocalAddr()); err != nil {
			fail("send", err)
		}
		if _, err := peer.WriteTo([]byte("unasked"), relayed.LocalAddr()); err != nil {
			fail("send unasked", err)
		}
	}
	received, unasked := 0, 0
	buffer := make([]byte, 2000)
	end := time.Now().Add(time.Second)
	for received+unasked < 2**messages && time.Now().Before(end) {
		_ = relayed.SetReadDeadline(end)
		length, _, err := relayed.ReadFrom(buffer)
		if err == nil && strings.HasPrefix(string(buffer[:length]), "later") {
			received++
		} else if err == nil {
			unasked++
		}
	}
	fmt.Printf("later: sent %d echoed %d received %d unasked %d\n",
		*messages, atomic.LoadInt64(&peer.count)-before, received, unasked)
}

func main() {
	flag.Parse()
	connection, err := connect()
	if err != nil {
		fail("connect", err)
	}
	own, err := stdnet.NewNet()
	if err != nil {
		fail("network", err)
	}
	counted := &wire{PacketConn: connection, integrity: stun.NewLongTermIntegrity(*user, *realm, *password)}
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: *server, TURNServerAddr: *server, Conn: counted,
		Username: *user, Password: *password, Realm: *realm, Net: bothFamilies{own}})
	if err != nil {
		fail("client", err)
	}
	defer client.Close()
	if err = client.Listen(); err != nil {
		fail("listen", err)
	}
	relayed, err := client.Allocate()
	if err != nil {
		fail("allocate", err)
	}
	defer relayed.Close()
	fmt.Println("relayed", relayed.LocalAddr())
	peer := startEcho()
	exchange(relayed, peer)
	fmt.Printf("indications %d %d channel %d %d\n", counted.indicationsOut, counted.indicationsIn,
		counted.dataOut, counted.dataIn)
	if *lifetime != 0 {
		time.Sleep(time.Duration(*lifetime+1) * time.Second)
		exchangeLater(relayed, peer)
		fmt.Println("permission:", client.CreatePermission(peer.LocalAddr()))
	}
}
