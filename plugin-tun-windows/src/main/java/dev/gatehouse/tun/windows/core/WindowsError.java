package dev.gatehouse.tun.windows.core;

/** Windows error numbers the plugin knows. */
public final class WindowsError {

  /** The file, or the driver, is not there. */
  public static final int FILE_NOT_FOUND = 2;

  /** Access denied. */
  public static final int ACCESS_DENIED = 5;

  /** Invalid data: the ring is corrupt. */
  public static final int INVALID_DATA = 13;

  /** The end was reached: the adapter is going away. */
  public static final int HANDLE_EOF = 38;

  /** Not supported, for example an address family that is switched off. */
  public static final int NOT_SUPPORTED = 50;

  /** The ring is full. */
  public static final int BUFFER_OVERFLOW = 111;

  /** It exists already. */
  public static final int ALREADY_EXISTS = 183;

  /** Nothing there right now. */
  public static final int NO_MORE_ITEMS = 259;

  /** A session is running already. */
  public static final int ALREADY_INITIALIZED = 1247;

  /** Not found, for example the IPv6 side of an adapter. */
  public static final int NOT_FOUND = 1168;

  /** The address exists already. */
  public static final int OBJECT_ALREADY_EXISTS = 5010;

  private WindowsError() {}

  /** A few words for a message. */
  public static String describe(int number) {
    return switch (number) {
      case FILE_NOT_FOUND -> "not found";
      case ACCESS_DENIED -> "access denied";
      case 8, 14 -> "out of memory";
      case INVALID_DATA -> "invalid data";
      case HANDLE_EOF -> "the adapter is going away";
      case NOT_SUPPORTED -> "not supported";
      case 87 -> "invalid parameter";
      case BUFFER_OVERFLOW -> "the ring is full";
      case ALREADY_EXISTS, OBJECT_ALREADY_EXISTS -> "already exists";
      case NO_MORE_ITEMS -> "nothing there";
      case ALREADY_INITIALIZED -> "in use already";
      case 577 -> "the driver's signature was refused";
      case NOT_FOUND -> "not found";
      case 1460 -> "timed out";
      default -> "error " + number;
    };
  }
}
