// What is known of the gateway, kept fresh by asking every few seconds.

import { all, ask } from './api.js';

const KEPT = 150;

export const model = {
  status: null,
  offset: 0,
  peers: [],
  rates: new Map(),
  history: [],
  clients: [],
  resources: [],
  grants: [],
  flows: [],
  denials: [],
};

let previous = new Map();
let previousAt = 0;

/** The gateway's clock, in milliseconds. */
export function now() {
  return Date.now() + model.offset;
}

/** What changes all the time. */
export async function refreshLive() {
  const [status, peers] = await Promise.all([ask('GET', '/v1/status'), ask('GET', '/v1/peers')]);
  model.status = status;
  model.offset = Date.parse(status.now) - Date.now();
  model.peers = peers.peers;
  measure(performance.now());
}

/** What people change. */
export async function refreshLists() {
  [model.clients, model.resources, model.grants] = await Promise.all([
    all('/v1/clients', 'clients'),
    all('/v1/resources', 'resources'),
    all('/v1/authorizations', 'authorizations'),
  ]);
}

/** What goes through, and what was refused lately. */
export async function refreshFlows() {
  const [live, denied] = await Promise.all([
    ask('GET', '/v1/flows?live=true&limit=500'),
    ask('GET', '/v1/flows?denied=true&limit=500'),
  ]);
  model.flows = live.flows.filter(flow => flow.verdict === 'allowed');
  model.denials = together(denied.flows);
}

/** One line for all that was refused alike, the newest first. */
function together(flows) {
  const lines = new Map();
  for (const flow of flows) {
    const port = flow.protocol === 'icmp' ? 0 : flow['remote-port']; // an echo's is chance
    const key = JSON.stringify([flow.client, flow.initiator, flow.protocol, flow['remote-address'],
      port, flow.verdict]);
    const packets = flow['sent-packets'] + flow['received-packets'];
    const line = lines.get(key);
    if (!line) lines.set(key, { ...flow, key, packets });
    else {
      line.packets += packets;
      if (flow.last > line.last) line.last = flow.last;
    }
  }
  return [...lines.values()].sort((a, b) => b.last.localeCompare(a.last));
}

/** Rates out of the counters of two moments. */
function measure(at) {
  const seconds = (at - previousAt) / 1000;
  const total = { at: now(), up: 0, down: 0 };
  const rates = new Map();
  const counters = new Map();
  for (const peer of model.peers) {
    const up = peer['received-bytes'];
    const down = peer['sent-bytes'];
    counters.set(peer['public-key'], { up, down });
    const before = previous.get(peer['public-key']);
    // Counters begin anew with the gateway; that is no negative traffic.
    const known = before && previousAt && before.up <= up && before.down <= down;
    const here = {
      up: known ? (up - before.up) / seconds : 0,
      down: known ? (down - before.down) / seconds : 0,
    };
    const trail = [...(model.rates.get(peer.client)?.trail ?? []), here.up + here.down].slice(-40);
    rates.set(peer.client, { ...here, trail });
    total.up += here.up;
    total.down += here.down;
  }
  if (previousAt) model.history = [...model.history, total].slice(-KEPT);
  model.rates = rates;
  previous = counters;
  previousAt = at;
}

/** Forgets everything, as after a log-out. */
export function clear() {
  Object.assign(model, {
    status: null, peers: [], rates: new Map(), history: [],
    clients: [], resources: [], grants: [], flows: [], denials: [],
  });
  previous = new Map();
  previousAt = 0;
}

export const peerOf = client => model.peers.find(peer => peer.client === client);
export const activeGrants = () => model.grants.filter(grant => grant.active);
export const plugin = id => model.status?.plugins.find(one => one.id === id);
