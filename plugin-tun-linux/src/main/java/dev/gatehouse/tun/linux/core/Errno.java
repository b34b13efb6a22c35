package dev.gatehouse.tun.linux.core;

/** Linux error numbers the plugin knows, the same on every architecture it runs on. */
public final class Errno {

  /** Operation not permitted. */
  public static final int EPERM = 1;

  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** Interrupted by a signal. */
  public static final int EINTR = 4;

  /** Input or output error. */
  public static final int EIO = 5;

  /** No such device or address. */
  public static final int ENXIO = 6;

  /** Nothing there right now. */
  public static final int EAGAIN = 11;

  /** Permission denied. */
  public static final int EACCES = 13;

  /** Device or resource busy. */
  public static final int EBUSY = 16;

  /** Already exists. */
  public static final int EEXIST = 17;

  /** No such device. */
  public static final int ENODEV = 19;

  /** Invalid argument. */
  public static final int EINVAL = 22;

  /** Too many open files in the system. */
  public static final int ENFILE = 23;

  /** Too many open files in this process. */
  public static final int EMFILE = 24;

  /** The device behind the descriptor is gone. */
  public static final int EBADFD = 77;

  /** Not supported. */
  public static final int EOPNOTSUPP = 95;

  private Errno() {}

  /** A few words for a message. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted";
      case ENOENT -> "no such file";
      case EIO -> "input/output error";
      case ENXIO -> "no such device or address";
      case EAGAIN -> "try again";
      case 12 -> "out of memory";
      case EACCES -> "permission denied";
      case 14 -> "bad address";
      case EBUSY -> "busy";
      case EEXIST -> "already exists";
      case ENODEV -> "no such device";
      case EINVAL -> "invalid argument";
      case ENFILE -> "too many open files in the system";
      case EMFILE -> "too many open files in this process";
      case 34 -> "out of range";
      case EBADFD -> "the device is gone";
      case EOPNOTSUPP -> "not supported";
      case 97 -> "address family not supported";
      case 99 -> "address not available";
      case 105 -> "no buffer space";
      default -> "error " + errno;
    };
  }
}
