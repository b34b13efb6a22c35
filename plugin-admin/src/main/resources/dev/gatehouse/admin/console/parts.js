// Pieces that several views share.

import { h, keyed, setText } from './dom.js';

const SHOWN = 200;

/** The head of a view; it takes the focus when the view opens. */
export function title(text, ...beside) {
  return h('div', { class: 'title' }, h('h1', { id: 'view-title', tabindex: '-1' }, text), ...beside);
}

export function tile(label) {
  const value = h('strong', { class: 'figure' }, '–');
  const note = h('span', { class: 'quiet' });
  return {
    node: h('div', { class: 'tile' }, h('span', { class: 'label' }, label), value, note),
    update(text, more = '') {
      setText(value, text);
      setText(note, more);
    },
  };
}

export function card(heading, ...content) {
  return h('section', { class: 'card', 'aria-label': heading }, h('h2', {}, heading), ...content);
}

/** A card that the view's own title is title enough for. */
export function sheet(label, ...content) {
  return h('section', { class: 'card alone', 'aria-label': label }, ...content);
}

/**
 * A table of items with a filter and an empty state. `columns` are {label, wide?, number?}; `make`
 * gives the row's cells and how to update them: {cells, update(item)}.
 */
export function table({ label, columns, keyOf, textOf, make, empty, emptyHint, filter = true }) {
  const body = h('tbody');
  const search = h('input', { type: 'search', placeholder: 'Filter', 'aria-label': `Filter ${label}` });
  const none = h('p', { class: 'none' }, h('strong', {}, empty), h('span', {}, emptyHint));
  const nothing = h('p', { class: 'none', hidden: true }, 'Nothing fits the filter.');
  const more = h('p', { class: 'quiet more', hidden: true, role: 'status' });
  const wide = h('div', { class: 'sheet' }, h('table', { 'aria-label': label },
      h('thead', {}, h('tr', {}, columns.map(column => h('th', {
        scope: 'col', class: column.number ? 'number' : false,
      }, column.hidden ? h('span', { class: 'unseen' }, column.label) : column.label)))),
      body));
  const sync = keyed(body, keyOf, item => {
    const row = make(item);
    row.cells.forEach((cell, i) => cell.dataset.label = columns[i].hidden ? '' : columns[i].label);
    return { node: h('tr', {}, row.cells), update: row.update };
  });
  let items = [];

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const fitting = wanted ? items.filter(item => textOf(item).toLowerCase().includes(wanted)) : items;
    sync(fitting.slice(0, SHOWN));
    none.hidden = items.length > 0;
    wide.hidden = fitting.length === 0;
    search.hidden = !filter || items.length < 6;
    nothing.hidden = fitting.length > 0 || items.length === 0;
    more.hidden = fitting.length <= SHOWN;
    setText(more, `${SHOWN} of ${fitting.length} are shown. Filter to see others.`);
  }
  search.addEventListener('input', draw);
  return {
    node: h('div', { class: 'listing' }, search, wide, none, nothing, more),
    update(list) {
      items = list;
      draw();
    },
  };
}

/** A cell of a table. */
export function cell(className, ...content) {
  return h('td', className ? { class: className } : {}, ...content);
}

/** A mark with a word: colour is never the only sign. */
export function mark(kind, text) {
  const word = h('span', {}, text);
  const node = h('span', { class: `mark ${kind}` }, h('span', { class: 'dot' }), word);
  return {
    node,
    update(newKind, newText) {
      const wanted = `mark ${newKind}`;
      if (node.className !== wanted) node.className = wanted;
      setText(word, newText);
    },
  };
}

/** Says that something was done. */
export function tell(text) {
  const line = document.getElementById('told');
  line.textContent = text;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { line.textContent = ''; }, 6000);
}

/** Says that something went wrong, until it is closed or told again. */
export function complain(text, fix = '') {
  const place = document.getElementById('trouble');
  if (!text) return place.replaceChildren();
  place.replaceChildren(
      h('div', {}, h('strong', {}, text), fix ? h('span', {}, ' ' + fix) : null),
      h('button', { type: 'button', class: 'plain', onclick: () => place.replaceChildren() }, 'Close'));
}

/** An error in words. */
export function words(error) {
  return error.name === 'TimeoutError' || error instanceof TypeError
    ? ['The gateway does not answer.', 'It is asked again every few seconds.']
    : [error.message, error.fix ?? ''];
}
