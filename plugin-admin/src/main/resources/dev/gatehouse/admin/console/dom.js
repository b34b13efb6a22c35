// Builds elements. Text only ever becomes text: nothing in this console parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else node.setAttribute(key, String(value));
  }
  for (const child of children.flat()) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

/** An element with attributes, listeners (`onclick`), and children; strings become text. */
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** The same for SVG. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

/** A name somebody chose: it cannot turn the text around it. */
export function name(text, className = '') {
  return h('bdi', className ? { class: className } : {}, visible(text));
}

/** Control and direction characters as what they are. */
export function visible(text) {
  return String(text).replace(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '\ufffd');
}

/** Changes text only where it differs, so that screen readers and selections are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Keeps rows in step with items. A row is made once per key and updated afterwards, so that focus
 * and scroll position stay while figures change. `make` gives {node, update(item)}.
 */
export function keyed(parent, keyOf, make) {
  let rows = new Map();
  return items => {
    const next = new Map();
    let before = null;
    for (const item of items) {
      const key = keyOf(item);
      const row = rows.get(key) ?? make(item);
      row.update(item);
      next.set(key, row);
      const place = before ? before.nextSibling : parent.firstChild;
      if (place !== row.node) parent.insertBefore(row.node, place);
      before = row.node;
    }
    for (const [key, row] of rows) if (!next.has(key)) row.node.remove();
    rows = next;
  };
}
