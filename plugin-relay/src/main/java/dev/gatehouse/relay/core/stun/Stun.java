package dev.gatehouse.relay.core.stun;

/** Numbers of STUN and TURN (RFC 8489, section 18; RFC 8656, section 18). */
public final class Stun {

  /** The length of the header. */
  public static final int HEADER = 20;

  /** What stands at offset 4 of every message. */
  public static final int COOKIE = 0x2112a442;

  /** The offset of the 12 bytes that name a transaction. */
  public static final int TRANSACTION = 8;

  /** The class of a request. */
  public static final int REQUEST = 0x000;

  /** The class of an indication. */
  public static final int INDICATION = 0x010;

  /** The class of a success response. */
  public static final int SUCCESS = 0x100;

  /** The class of an error response. */
  public static final int ERROR = 0x110;

  /** Methods. */
  public static final int BINDING = 0x001;

  public static final int ALLOCATE = 0x003;
  public static final int REFRESH = 0x004;
  public static final int SEND = 0x006;
  public static final int DATA_METHOD = 0x007;
  public static final int CREATE_PERMISSION = 0x008;
  public static final int CHANNEL_BIND = 0x009;

  /** Attributes a receiver must understand. */
  public static final int MAPPED_ADDRESS = 0x0001;

  public static final int USERNAME = 0x0006;
  public static final int MESSAGE_INTEGRITY = 0x0008;
  public static final int ERROR_CODE = 0x0009;
  public static final int UNKNOWN_ATTRIBUTES = 0x000a;
  public static final int CHANNEL_NUMBER = 0x000c;
  public static final int LIFETIME = 0x000d;
  public static final int XOR_PEER_ADDRESS = 0x0012;
  public static final int DATA = 0x0013;
  public static final int REALM = 0x0014;
  public static final int NONCE = 0x0015;
  public static final int XOR_RELAYED_ADDRESS = 0x0016;
  public static final int REQUESTED_ADDRESS_FAMILY = 0x0017;
  public static final int EVEN_PORT = 0x0018;
  public static final int REQUESTED_TRANSPORT = 0x0019;
  public static final int DONT_FRAGMENT = 0x001a;
  public static final int MESSAGE_INTEGRITY_SHA256 = 0x001c;
  public static final int PASSWORD_ALGORITHM = 0x001d;
  public static final int USERHASH = 0x001e;
  public static final int XOR_MAPPED_ADDRESS = 0x0020;
  public static final int RESERVATION_TOKEN = 0x0022;

  /** Attributes a receiver may pass over. */
  public static final int ADDITIONAL_ADDRESS_FAMILY = 0x8000;

  public static final int ADDRESS_ERROR_CODE = 0x8001;
  public static final int PASSWORD_ALGORITHMS = 0x8002;
  public static final int SOFTWARE = 0x8022;
  public static final int FINGERPRINT = 0x8028;

  /** Address families. */
  public static final int IPV4 = 1;

  public static final int IPV6 = 2;

  /** Password algorithms. */
  public static final int ALGORITHM_MD5 = 1;

  public static final int ALGORITHM_SHA256 = 2;

  static final int FINGERPRINT_XOR = 0x5354554e;

  private Stun() {}

  /** The first two bytes of a message. */
  public static int type(int method, int messageClass) {
    return (method & 0xf)
        | ((method & 0x70) << 1)
        | ((method & 0xf80) << 2)
        | (messageClass & 0x110);
  }

  /** The method in a type. */
  public static int method(int type) {
    return (type & 0xf) | ((type & 0xe0) >>> 1) | ((type & 0x3e00) >>> 2);
  }

  /** The class in a type. */
  public static int messageClass(int type) {
    return type & 0x110;
  }

  /** Whether an attribute that must be understood is. */
  static boolean understood(int attribute) {
    return switch (attribute) {
      case MAPPED_ADDRESS,
          USERNAME,
          MESSAGE_INTEGRITY,
          ERROR_CODE,
          UNKNOWN_ATTRIBUTES,
          CHANNEL_NUMBER,
          LIFETIME,
          XOR_PEER_ADDRESS,
          DATA,
          REALM,
          NONCE,
          XOR_RELAYED_ADDRESS,
          REQUESTED_ADDRESS_FAMILY,
          EVEN_PORT,
          REQUESTED_TRANSPORT,
          DONT_FRAGMENT,
          MESSAGE_INTEGRITY_SHA256,
          PASSWORD_ALGORITHM,
          USERHASH,
          XOR_MAPPED_ADDRESS,
          RESERVATION_TOKEN ->
          true;
      default -> attribute >= 0x8000;
    };
  }
}
