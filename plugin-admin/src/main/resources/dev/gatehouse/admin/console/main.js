// Log-in, navigation, and the clock that asks the gateway.

import { ask, forget, remember, token } from './api.js';
import { setText } from './dom.js';
import { span } from './format.js';
import { clear, model, refreshFlows, refreshLists, refreshLive } from './model.js';
import { complain, words } from './parts.js';
import { EVERY, clients, denials, flows, grants, overview, resources } from './views.js';

const LISTS_EVERY = 3;
const VIEWS = { overview, clients, resources, grants, flows, denials };
const part = id => document.getElementById(id);

let view = null;
let round = 0;
let timer = 0;
let asking = false;

function draw() {
  view?.update();
  const status = model.status;
  if (!status) return;
  const well = status.ready;
  part('state').className = `state ${well ? 'on' : 'bad'}`;
  setText(part('state-text'), well ? 'Ready' : 'Not ready');
  setText(part('about'), `Version ${status.about?.version ?? 'unknown'}`);
  setText(part('uptime'), `up ${span(status['uptime-seconds'])}`);
}

async function refresh(everything = false) {
  if (asking && !everything) return;
  asking = true;
  try {
    await Promise.all([
      refreshLive(),
      everything || round % LISTS_EVERY === 0 ? refreshLists() : null,
      refreshFlows(),
    ]);
    round++;
    if (part('trouble').dataset.by === 'clock') {
      delete part('trouble').dataset.by;
      complain('');
    }
    draw();
  } catch (error) {
    if (error.status === 401) return logout('The gateway does not take this token any more.');
    part('trouble').dataset.by = 'clock';
    complain(...words(error));
    part('state').className = 'state bad';
    setText(part('state-text'), 'Unreachable');
  } finally {
    asking = false;
  }
}

function tick() {
  clearTimeout(timer);
  if (part('house').hidden) return;
  // A tab nobody looks at asks nothing.
  const work = document.hidden ? Promise.resolve() : refresh();
  work.finally(() => { timer = setTimeout(tick, EVERY * 1000); });
}

function show(focus) {
  const wanted = location.hash.slice(1);
  const key = Object.hasOwn(VIEWS, wanted) ? wanted : 'overview';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${key}`) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else link.removeAttribute('aria-current');
  }
  view = VIEWS[key](() => refresh(true));
  part('main').replaceChildren(view.node);
  view.update();
  document.title = `${part('view-title').textContent} – Gatehouse`;
  if (focus) part('view-title').focus();
}

async function enter() {
  part('login').hidden = true;
  part('house').hidden = false;
  part('skip').hidden = false;
  round = 0;
  show(false);
  await refresh(true);
  tick();
}

function logout(why = '') {
  forget();
  clear();
  clearTimeout(timer);
  view = null;
  part('main').replaceChildren();
  complain('');
  part('house').hidden = true;
  part('skip').hidden = true;
  part('login').hidden = false;
  document.title = 'Gatehouse';
  setText(part('login-problem'), why);
  part('token').value = '';
  part('token').focus();
}

part('login').addEventListener('submit', async event => {
  event.preventDefault();
  const text = part('token').value.trim();
  setText(part('login-problem'), '');
  try {
    await ask('GET', '/v1/status', undefined, text);
    remember(text);
    part('token').value = '';
    await enter();
    part('view-title')?.focus();
  } catch (error) {
    setText(part('login-problem'), error.status === 401 ? 'This is not the gateway’s token.' : words(error).join(' ').trim());
    part('token').select();
  }
});
part('logout').addEventListener('click', () => logout());
part('skip').addEventListener('click', event => {
  event.preventDefault();
  part('view-title')?.focus();
});
addEventListener('hashchange', () => { if (!part('house').hidden) show(true); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && !part('house').hidden) tick(); });
setInterval(() => { if (!part('house').hidden && !document.hidden && model.status) draw(); }, 1000);

if (token()) enter();
else logout();
