// A TURN client on pion: allocates, sends messages to an echo, and tells how many came back.
// pion server user password realm udp|tcp|tls peer messages
package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/pion/turn/v2"
)

func fail(what string, err error) {
	fmt.Println("failed:", what, err)
	os.Exit(1)
}

func connect(server, transport string) (net.PacketConn, error) {
	switch transport {
	case "udp":
		return net.ListenPacket("udp", ":0")
	case "tcp":
		stream, err := net.Dial("tcp", server)
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(stream), nil
	default:
		stream, err := tls.Dial("tcp", server, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(stream), nil
	}
}

func main() {
	server, user, password, realm, transport := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	peer, err := net.ResolveUDPAddr("udp", os.Args[6])
	if err != nil {
		fail("peer", err)
	}
	messages, _ := strconv.Atoi(os.Args[7])
	connection, err := connect(server, transport)
	if err != nil {
		fail("connect", err)
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: server, TURNServerAddr: server, Conn: connection,
		Username: user, Password: password, Realm: realm})
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
	received := 0
	buffer := make([]byte, 2000)
	for i := 0; i < messages; i++ {
		message := fmt.Sprintf("message %d", i)
		if _, err = relayed.WriteTo([]byte(message), peer); err != nil {
			fail("send", err)
		}
		relayed.SetReadDeadline(time.Now().Add(2 * time.Second))
		length, from, err := relayed.ReadFrom(buffer)
		if err == nil && string(buffer[:length]) == message && from.String() == peer.String() {
			received++
		}
	}
	fmt.Printf("sent %d received %d\n", messages, received)
}
