package dev.gatehouse.admin.core.uapi;

/** The error numbers of Linux that answers use; {@code wg} shows the system's text for them. */
public enum Errno {
  /** The gateway could not do it because of a fault of its own or of the store. */
  INPUT_OUTPUT(5),
  /** The request is larger than allowed. */
  TOO_BIG(7),
  /** Others kept changing the same clients. */
  TRY_AGAIN(11),
  /** Another client has the id that this key would get. */
  EXISTS(17),
  /** A key of the protocol or its value is wrong. */
  INVALID(22),
  /** A line is not {@code key=value}. */
  PROTOCOL(71),
  /** Understood, but a gateway does not do it. */
  NOT_SUPPORTED(95),
  /** Another client has the address. */
  ADDRESS_IN_USE(98),
  /** The address cannot be given to a client. */
  ADDRESS_NOT_AVAILABLE(99),
  /** It was not done in time; it may still be. */
  TIMED_OUT(110);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** The positive number. */
  public int number() {
    return number;
  }
}
