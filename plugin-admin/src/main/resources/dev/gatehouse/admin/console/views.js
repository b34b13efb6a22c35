// The views. Each is {node, update()}: built once when it opens, updated whenever something is new.

import { spark, throughput } from './chart.js';
import { grantDialog, revokeDialog } from './dialogs.js';
import { h, name, setText } from './dom.js';
import { ago, bytes, count, moment, rate, span } from './format.js';
import { activeGrants, model, now, peerOf, plugin } from './model.js';
import { why } from './reasons.js';
import { card, cell, mark, sheet, table, tile, title } from './parts.js';

export const EVERY = 2;
const SLOTS = 90;

const connected = () => model.peers.filter(peer => peer.connected);
const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);

/** What a person reads first: is it well, who is here, what moves. */
export function overview() {
  const tiles = {
    clients: tile('Connected clients'),
    grants: tile('Active grants'),
    resources: tile('Resources'),
    traffic: tile('Carried in total'),
    denied: tile('Packets refused'),
  };
  const chart = throughput();
  const reasons = h('ul', { class: 'reasons', hidden: true });
  const live = table({
    label: 'Live connections', filter: false,
    columns: [
      { label: 'Client' }, { label: 'From' }, { label: 'Last handshake' },
      { label: 'Traffic', hidden: true }, { label: 'To client', number: true },
      { label: 'From client', number: true },
    ],
    keyOf: peer => peer['public-key'],
    textOf: peer => peer.client,
    empty: 'Nobody is connected.',
    emptyHint: 'Clients appear here with their first handshake. Whoever leaves keeps all access.',
    make: peer => {
      const line = spark();
      const [from, at, down, up] = ['from', '', 'number', 'number'].map(c => cell(c));
      return {
        cells: [cell('main', name(peer.client)), from, at, cell('', line.node), down, up],
        update(one) {
          const rates = model.rates.get(one.client) ?? { up: 0, down: 0, trail: [] };
          setText(from, one.endpoint ?? '–');
          setText(at, one['last-handshake'] ? ago(one['last-handshake'], now()) : 'never');
          setText(down, rate(rates.down));
          setText(up, rate(rates.up));
          line.update(rates.trail);
        },
      };
    },
  });
  const denials = denialTable('Recent denials', false);
  return {
    node: h('div', {}, title('Overview'), reasons,
        h('div', { class: 'tiles' }, Object.values(tiles).map(one => one.node)),
        card('Throughput', chart.node),
        card('Live connections', live.node),
        card('Recent denials', denials.node)),
    update() {
      const here = connected();
      tiles.clients.update(count(here.length), `of ${count(model.clients.length)}`);
      const active = activeGrants();
      tiles.grants.update(count(active.length), ending(active));
      tiles.resources.update(count(model.resources.length));
      tiles.traffic.update(
          bytes(sum(model.peers, one => one['received-bytes'] + one['sent-bytes'])), 'by peers known now');
      const refused = plugin('policy')?.status?.prohibited;
      tiles.denied.update(typeof refused === 'number' ? count(refused) : '–', 'since the start');
      chart.update(model.history, SLOTS, EVERY);
      live.update(here.slice().sort(busiest));
      denials.update(model.denials.slice(0, 5));
      const problems = (model.status?.plugins ?? []).filter(one => !one.healthy);
      reasons.hidden = problems.length === 0;
      reasons.replaceChildren(...problems.map(one => h('li', {}, h('strong', {}, one.id), ' ', one.problem ?? '')));
    },
  };
}

function busiest(a, b) {
  const of = peer => model.rates.get(peer.client);
  const weight = peer => Math.round(((of(peer)?.up ?? 0) + (of(peer)?.down ?? 0)) / 10_000);
  return weight(b) - weight(a) || a.client.localeCompare(b.client);
}

function ending(grants) {
  const soon = grants.filter(one => one['expires-at'] && Date.parse(one['expires-at']) - now() < 3600e3);
  return soon.length ? `${count(soon.length)} ${soon.length === 1 ? 'ends' : 'end'} within the hour` : '';
}

export function clients(refresh) {
  const listing = table({
    label: 'Clients',
    columns: [
      { label: 'Client' }, { label: 'State' }, { label: 'Addresses' }, { label: 'Grants', number: true },
      { label: 'To client', number: true }, { label: 'From client', number: true },
      { label: 'Actions', hidden: true },
    ],
    keyOf: client => client.id,
    textOf: client => [client.id, client.name, ...client.addresses].join(' '),
    empty: 'There are no clients yet.',
    emptyHint: 'Add one with: gatehouse client add ID --endpoint HOST:PORT',
    make: client => {
      const state = mark('off', '');
      const note = h('span', { class: 'quiet block' });
      const other = h('bdi', { class: 'quiet block' });
      const [grants, down, up] = [cell('number'), cell('number'), cell('number')];
      const addresses = cell('from');
      return {
        cells: [
          cell('main', name(client.id), other), cell('', state.node, note), addresses, grants, down, up,
          cell('actions', h('button', {
            type: 'button', 'aria-label': `Grant access to ${client.id}`,
            onclick: () => grantDialog({ client: client.id }, refresh),
          }, 'Grant')),
        ],
        update(one) {
          const peer = peerOf(one.id);
          setText(other, one.name === one.id ? '' : name(one.name).textContent);
          state.update(peer?.connected ? 'on' : 'off', peer?.connected ? 'Connected' : 'Away');
          setText(note, peer?.['last-handshake'] ? `handshake ${ago(peer['last-handshake'], now())}` : '');
          setText(addresses, one.addresses.join(', '));
          setText(grants, count(activeGrants().filter(grant => grant.client === one.id).length));
          setText(down, bytes(peer?.['sent-bytes'] ?? 0));
          setText(up, bytes(peer?.['received-bytes'] ?? 0));
        },
      };
    },
  });
  return {
    node: h('div', {}, title('Clients'), sheet('All clients', listing.node)),
    update: () => listing.update(model.clients),
  };
}

export function resources(refresh) {
  const listing = table({
    label: 'Resources',
    columns: [
      { label: 'Resource' }, { label: 'Destination' }, { label: 'Filters' }, { label: 'Grants', number: true },
      { label: 'Actions', hidden: true },
    ],
    keyOf: resource => resource.id,
    textOf: resource => [resource.id, resource.name, resource.destination].join(' '),
    empty: 'There are no resources yet.',
    emptyHint: 'Add one with: gatehouse resource add ID DESTINATION --filter tcp/443',
    make: resource => {
      const other = h('bdi', { class: 'quiet block' });
      const destination = h('bdi');
      const filters = cell('tags');
      const grants = cell('number');
      let known = null;
      return {
        cells: [
          cell('main', name(resource.id), other), cell('from', destination), filters, grants,
          cell('actions', h('button', {
            type: 'button', 'aria-label': `Grant access to ${resource.id}`,
            onclick: () => grantDialog({ resource: resource.id }, refresh),
          }, 'Grant')),
        ],
        update(one) {
          setText(other, one.name === one.id ? '' : name(one.name).textContent);
          setText(destination, name(one.destination).textContent);
          setText(grants, count(activeGrants().filter(grant => grant.resource === one.id).length));
          const wanted = one.filters.join(' ');
          if (wanted !== known) {
            known = wanted;
            filters.replaceChildren(...(one.filters.length
              ? one.filters.map(filter => h('span', { class: 'tag' }, filter))
              : [h('span', { class: 'quiet' }, 'everything')]));
          }
        },
      };
    },
  });
  return {
    node: h('div', {}, title('Resources'), sheet('All resources', listing.node)),
    update: () => listing.update(model.resources),
  };
}

export function grants(refresh) {
  const listing = table({
    label: 'Grants',
    columns: [
      { label: 'Client' }, { label: 'Resource' }, { label: 'Time left' }, { label: 'Granted' },
      { label: 'Origin' }, { label: 'Actions', hidden: true },
    ],
    keyOf: grant => JSON.stringify([grant.client, grant.resource]),
    textOf: grant => `${grant.client} ${grant.resource} ${grant.origin}`,
    empty: 'Nobody may reach anything.',
    emptyHint: 'Grant access to let a client reach a resource.',
    make: grant => {
      const left = h('span', { class: 'left' });
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
      const [given, origin] = [cell(), cell('quiet')];
      return {
        cells: [
          cell('main', name(grant.client)), cell('main', name(grant.resource)), cell('', left, bar), given, origin,
          cell('actions',
              h('button', {
                type: 'button', 'aria-label': `Change the end of ${grant.client}'s access to ${grant.resource}`,
                onclick: () => grantDialog({ ...grant, extend: true }, refresh),
              }, 'Change'),
              h('button', {
                type: 'button', class: 'warn', 'aria-label': `Revoke access of ${grant.client} to ${grant.resource}`,
                onclick: () => revokeDialog(grant, refresh),
              }, 'Revoke')),
        ],
        update(one) {
          const end = one['expires-at'] ? Date.parse(one['expires-at']) : 0;
          setText(left, end ? (end > now() ? span((end - now()) / 1000) : 'over') : 'until revoked');
          left.title = end ? moment(one['expires-at']) : '';
          bar.hidden = !end;
          const begun = Date.parse(one['granted-at']);
          const share = end ? Math.min(1, Math.max(0, (end - now()) / Math.max(1, end - begun))) : 0;
          bar.firstChild.style.width = `${(share * 100).toFixed(1)}%`;
          bar.classList.toggle('soon', end > 0 && end - now() < 600e3);
          setText(given, ago(one['granted-at'], now()));
          given.title = moment(one['granted-at']);
          setText(origin, name(one.origin).textContent);
        },
      };
    },
  });
  const button = h('button', {
    type: 'button', class: 'primary', onclick: () => grantDialog({}, refresh),
  }, 'Grant access');
  return {
    node: h('div', {}, title('Grants', button), sheet('Active grants', listing.node)),
    update() {
      const ready = model.clients.length > 0 && model.resources.length > 0;
      button.disabled = !ready;
      button.title = ready ? '' : 'There must be a client and a resource first.';
      listing.update(activeGrants());
    },
  };
}

/** Where a flow goes, as one reads it: the name if it has one, else the address, and the port. */
function remote(flow) {
  const host = flow.domain ?? flow['remote-address'];
  const port = flow['remote-port'] && flow.protocol !== 'icmp' ? `:${flow['remote-port']}` : '';
  return port && host.includes(':') ? `[${host}]${port}` : host + port;
}

function denialTable(label, filter) {
  return table({
    label, filter,
    columns: [
      { label: 'When' }, { label: 'Client' }, { label: 'Where' }, { label: 'Reason' },
      { label: 'Packets', number: true },
    ],
    keyOf: one => one.key,
    textOf: one => [one.client, remote(one), one.protocol, why(one.verdict), one.verdict].join(' '),
    empty: 'Nothing was refused lately.',
    emptyHint: 'Refused packets appear here with the rule that refused them.',
    make: one => {
      const [when, packets] = [cell('quiet nowrap'), cell('number')];
      return {
        cells: [
          when, cell('main', name(one.client)),
          cell('from', one.initiator === 'resource' ? 'from ' : null, name(remote(one)), ' ',
              h('span', { class: 'tag' }, one.protocol)),
          cell('', h('span', {}, why(one.verdict)), ' ', h('span', { class: 'tag' }, one.verdict)), packets,
        ],
        update(newer) {
          setText(when, ago(newer.last, now()));
          when.title = moment(newer.last);
          setText(packets, count(newer.packets));
        },
      };
    },
  });
}

export function flows() {
  const listing = table({
    label: 'Flows',
    columns: [
      { label: 'Client' }, { label: 'Where' }, { label: 'Resource' }, { label: 'Since' },
      { label: 'To client', number: true }, { label: 'From client', number: true },
    ],
    keyOf: flow => JSON.stringify([flow.client, flow.protocol, flow['client-address'], flow['client-port'],
      flow['remote-address'], flow['remote-port'], flow.start]),
    textOf: flow => [flow.client, remote(flow), flow.protocol, flow.resource ?? ''].join(' '),
    empty: 'Nothing goes through right now.',
    emptyHint: 'Flows appear here with their first packet.',
    make: flow => {
      const [since, down, up] = [cell('quiet nowrap'), cell('number'), cell('number')];
      return {
        cells: [
          cell('main', name(flow.client)),
          cell('from', name(remote(flow)), ' ', h('span', { class: 'tag' }, flow.protocol)),
          cell('', flow.resource ? name(flow.resource) : 'the gateway itself'), since, down, up,
        ],
        update(newer) {
          setText(since, span((now() - Date.parse(newer.start)) / 1000));
          since.title = moment(newer.start);
          setText(down, bytes(newer['received-bytes']));
          setText(up, bytes(newer['sent-bytes']));
        },
      };
    },
  });
  return {
    node: h('div', {}, title('Flows'), sheet('Under way', listing.node)),
    update: () => listing.update(model.flows),
  };
}

export function denials() {
  const listing = denialTable('Denials', true);
  return {
    node: h('div', {}, title('Denials'), sheet('Refused lately, newest first', listing.node)),
    update: () => listing.update(model.denials),
  };
}
