// For clients that know no TLS: what comes in on one TCP port goes out to another by TLS.
// tls from to
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
)

func forward(plain net.Conn, to string) {
	defer plain.Close()
	secret, err := tls.Dial("tcp", to, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	defer secret.Close()
	fmt.Printf("connected by TLS %#x\n", secret.ConnectionState().Version)
	go func() {
		_, _ = io.Copy(secret, plain)
		_ = secret.CloseWrite()
	}()
	_, _ = io.Copy(plain, secret)
}

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("forwarding")
	for {
		plain, err := listener.Accept()
		if err != nil {
			return
		}
		go forward(plain, os.Args[2])
	}
}
