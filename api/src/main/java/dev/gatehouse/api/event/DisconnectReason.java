package dev.gatehouse.api.event;

/**
 * Why a connection ended.
 *
 * @since 0.1.0
 */
public enum DisconnectReason {
  /** Nothing authenticated was heard for the configured time. */
  SILENT,
  /** The session ran out and no new one was made. */
  SESSION_EXPIRED,
  /** The peer was removed or its key changed. */
  REMOVED,
  /** The gateway is shutting down. */
  STOPPING
}
