package dev.gatehouse.relay.core;

/** Numbers and layouts of the 64-bit Linux ABI that sockets need. */
public final class Linux {

  /** IPv4. */
  public static final int AF_INET = 2;

  /** IPv6. */
  public static final int AF_INET6 = 10;

  /** A datagram socket. */
  public static final int SOCK_DGRAM = 2;

  /** Not blocking, and not handed to child processes. */
  public static final int SOCK_NONBLOCK_CLOEXEC = 0x800 | 0x80000;

  /** Options of any socket. */
  public static final int SOL_SOCKET = 1;

  /** Send buffer in bytes. */
  public static final int SO_SNDBUF = 7;

  /** Receive buffer in bytes. */
  public static final int SO_RCVBUF = 8;

  /** Whether several sockets may share an address, each getting a part of the senders. */
  public static final int SO_REUSEPORT = 15;

  /** What a socket's buffers hold and lost. */
  public static final int SO_MEMINFO = 55;

  /** Send buffer beyond the system's limit. */
  public static final int SO_SNDBUFFORCE = 32;

  /** Receive buffer beyond the system's limit. */
  public static final int SO_RCVBUFFORCE = 33;

  /** Options of IPv4. */
  public static final int IPPROTO_IP = 0;

  /** The type of service, as option and as control message. */
  public static final int IP_TOS = 1;

  /** The local address of a datagram, as option and as control message. */
  public static final int IP_PKTINFO = 8;

  /** How IPv4 datagrams longer than the path are treated. */
  public static final int IP_MTU_DISCOVER = 10;

  /** How IPv6 datagrams longer than the path are treated. */
  public static final int IPV6_MTU_DISCOVER = 23;

  /** They are cut up by this machine. */
  public static final int PMTUDISC_WANT = 1;

  /** They are refused. */
  public static final int PMTUDISC_DO = 2;

  /** Whether the type of service is told. */
  public static final int IP_RECVTOS = 13;

  /** Options of IPv6. */
  public static final int IPPROTO_IPV6 = 41;

  /** Whether the socket leaves IPv4 to others. */
  public static final int IPV6_V6ONLY = 26;

  /** Whether local addresses are told. */
  public static final int IPV6_RECVPKTINFO = 49;

  /** The local address of a datagram. */
  public static final int IPV6_PKTINFO = 50;

  /** Whether the traffic class is told. */
  public static final int IPV6_RECVTCLASS = 66;

  /** The traffic class of a datagram. */
  public static final int IPV6_TCLASS = 67;

  /** Options of UDP. */
  public static final int SOL_UDP = 17;

  /** The size the kernel cuts a train at. */
  public static final int UDP_SEGMENT = 103;

  /** Whether datagrams may come as trains, and the size to cut them at. */
  public static final int UDP_GRO = 104;

  /** The message was longer than its room. */
  public static final int MSG_TRUNC = 0x20;

  /** The control messages were longer than their room. */
  public static final int MSG_CTRUNC = 0x8;

  /** Interrupted. */
  public static final int EINTR = 4;

  /** A device's fault. */
  public static final int EIO = 5;

  /** Nothing there, or no room. */
  public static final int EAGAIN = 11;

  /** Not permitted. */
  public static final int EACCES = 13;

  /** An argument is wrong. */
  public static final int EINVAL = 22;

  /** No memory for it now. */
  public static final int ENOBUFS = 105;

  /** Longer than the path carries. */
  public static final int EMSGSIZE = 90;

  /** The system lacks the address family. */
  public static final int EAFNOSUPPORT = 97;

  /** The address is taken. */
  public static final int EADDRINUSE = 98;

  /** The address is not the machine's. */
  public static final int EADDRNOTAVAIL = 99;

  /** No route to the network. */
  public static final int ENETUNREACH = 101;

  /** No route to the host. */
  public static final int EHOSTUNREACH = 113;

  /** A datagram before this one was refused. */
  public static final int ECONNREFUSED = 111;

  private Linux() {}
}
