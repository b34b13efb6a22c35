// Granting and revoking. Native dialogs: they keep the focus, and Escape closes them.

import { grant, revoke } from './api.js';
import { h, name, visible } from './dom.js';
import { model } from './model.js';
import { complain, tell, words } from './parts.js';

const GONE = 'gone';
const SPANS = [
  ['1h', '1 hour'], ['8h', '8 hours'], ['1d', '1 day'], ['7d', '7 days'], ['30d', '30 days'],
  ['', 'Until revoked'],
];

/** Shows it; `returnValue` is set to GONE when the place it was opened from goes with its row. */
function open(dialog, back) {
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (back?.isConnected && dialog.returnValue !== GONE) back.focus();
    else document.getElementById('view-title')?.focus();
  });
  dialog.showModal();
}

function choice(id, label, options, chosen) {
  const select = h('select', { id, name: id, required: true },
      options.map(([value, text]) => h('option', { value, selected: value === chosen }, visible(text))));
  return [select, h('div', { class: 'field' }, h('label', { for: id }, label), select)];
}

const named = item => item.name && item.name !== item.id ? `${item.id} – ${item.name}` : item.id;

/** Asks whom to grant what and until when, and does it. */
export function grantDialog(preset, done) {
  const back = document.activeElement;
  const [client, clientField] =
    choice('grant-client', 'Client', model.clients.map(c => [c.id, named(c)]), preset.client);
  const [resource, resourceField] =
    choice('grant-resource', 'Resource', model.resources.map(r => [r.id, named(r)]), preset.resource);
  const [span, spanField] = choice('grant-span', 'For', SPANS, '8h');
  const problem = h('p', { class: 'problem', role: 'alert' });
  const form = h('form', { method: 'dialog', class: 'ask' },
      h('h2', { id: 'ask-title' }, preset.extend ? 'Change the end' : 'Grant access'),
      clientField, resourceField, spanField, problem,
      h('div', { class: 'buttons' },
          h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
          h('button', { class: 'primary', type: 'submit' }, preset.extend ? 'Change' : 'Grant')));
  const dialog = h('dialog', { 'aria-labelledby': 'ask-title' }, form);
  if (preset.extend) client.disabled = resource.disabled = true;
  form.addEventListener('submit', async event => {
    event.preventDefault();
    try {
      const answer = await grant(client.value, resource.value, span.value);
      tell(`Access of ${visible(client.value)} to ${visible(resource.value)}: ${answer.result}.`);
      dialog.close();
      done();
    } catch (error) {
      problem.textContent = words(error).join(' ').trim();
    }
  });
  open(dialog, back);
}

/** Asks whether it is meant, and ends an authorization. */
export function revokeDialog(key, done) {
  const back = document.activeElement;
  const problem = h('p', { class: 'problem', role: 'alert' });
  const form = h('form', { method: 'dialog', class: 'ask' },
      h('h2', { id: 'ask-title' }, 'Revoke access'),
      h('p', {}, name(key.client, 'strong'), ' loses access to ', name(key.resource, 'strong'),
          ' within a second. Connections through it end.'),
      problem,
      h('div', { class: 'buttons' },
          h('button', { type: 'button', onclick: () => dialog.close() }, 'Cancel'),
          h('button', { class: 'danger', type: 'submit' }, 'Revoke')));
  const dialog = h('dialog', { 'aria-labelledby': 'ask-title' }, form);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    try {
      await revoke(key.client, key.resource);
      complain('');
      tell(`Access of ${visible(key.client)} to ${visible(key.resource)} is revoked.`);
      dialog.close(GONE);
      done();
    } catch (error) {
      problem.textContent = words(error).join(' ').trim();
    }
  });
  open(dialog, back);
}
