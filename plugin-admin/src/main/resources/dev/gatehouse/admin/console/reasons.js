// Why packets are refused, in words. The names are those of docs/policy.md.

const REASONS = {
  'malformed': 'It was no well-formed packet.',
  'multicast': 'It went to a multicast or broadcast address.',
  'control-message': 'Too many control messages, or not one the gateway knows.',
  'icmp-error': 'ICMP errors of clients are not passed on.',
  'spoofed-source': 'It did not come from the client’s own address.',
  'source-routed': 'It asked to be sent on to somewhere else.',
  'other-peer': 'Clients do not reach each other.',
  'store-unreachable': 'The store of authorizations has been silent for too long.',
  'untranslatable': 'Only TCP, UDP and echo requests go to resources with names.',
  'fragment': 'Fragments do not pass filters.',
  'unreachable': 'There is no way to that address.',
  'too-many-sessions': 'The client has too many sessions.',
  'no-authorization': 'No grant covers this address.',
  'filtered': 'A grant covers the address, but no filter this port or protocol.',
  'expired-session': 'Its session is over.',
  'foreign-icmp-error': 'The error was about a packet the client has not sent.',
  'no-peer': 'The client was just removed.',
  'unknown-destination': 'No client has this address.',
};

/** One sentence. */
export function why(verdict) {
  return Object.hasOwn(REASONS, verdict) ? REASONS[verdict] : 'The policy refused it.';
}
