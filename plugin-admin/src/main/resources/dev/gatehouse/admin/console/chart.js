// Charts in SVG, drawn by hand: a filled line for each direction, a quiet grid, no libraries.

import { h, setText, svg } from './dom.js';
import { rate, span } from './format.js';

const USUAL_WIDTH = 960;
const HEIGHT = 208;
const LEFT = 72;
const RIGHT = 2;
const BOTTOM = 24;
const TOP = 10;
const STEPS = [1, 2, 3, 4, 6, 8];

/** The next round number that is not less. */
function ceiling(value) {
  let power = 1000;
  for (;;) {
    for (const step of STEPS) if (step * power >= value) return step * power;
    power *= 10;
  }
}

function line(points) {
  return points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** Throughput over time: `update(history, slots)`. */
export function throughput() {
  const grid = svg('g', { class: 'grid' });
  const up = svg('path', { class: 'line up' });
  const down = svg('path', { class: 'line down' });
  const upArea = svg('path', { class: 'area up' });
  const downArea = svg('path', { class: 'area down' });
  const picture = svg('svg', {
    height: HEIGHT, class: 'chart', role: 'img', 'aria-label': 'Throughput',
  }, grid, downArea, upArea, down, up);
  const upNow = h('b');
  const downNow = h('b');
  const legend = h('div', { class: 'legend' },
      h('span', { class: 'key down' }, 'To clients ', downNow),
      h('span', { class: 'key up' }, 'From clients ', upNow));

  function update(history, slots, every) {
    const most = ceiling(Math.max(1, ...history.map(one => Math.max(one.up, one.down))));
    // Drawn for the width it has, so that letters keep their size.
    const whole = picture.clientWidth || USUAL_WIDTH;
    picture.setAttribute('viewBox', `0 0 ${whole} ${HEIGHT}`);
    const width = whole - LEFT - RIGHT;
    const height = HEIGHT - TOP - BOTTOM;
    const x = i => LEFT + width * (slots - history.length + i) / (slots - 1);
    const y = value => TOP + height * (1 - value / most);
    for (const [path, area, key] of [[up, upArea, 'up'], [down, downArea, 'down']]) {
      const points = history.map((one, i) => [x(i), y(one[key])]);
      path.setAttribute('d', line(points));
      area.setAttribute('d', points.length
        ? `${line(points)}L${x(history.length - 1).toFixed(1)} ${y(0)}L${x(0).toFixed(1)} ${y(0)}Z` : '');
    }
    grid.replaceChildren(
        ...[0, 0.5, 1].flatMap(share => [
          svg('line', { x1: LEFT, x2: whole - RIGHT, y1: y(share * most), y2: y(share * most) }),
          svg('text', { x: LEFT - 8, y: y(share * most) + 4, 'text-anchor': 'end' }, rate(share * most)),
        ]),
        ...[0, 0.5, 1].map(share => svg('text', {
          x: LEFT + width * share, y: HEIGHT - 4,
          'text-anchor': share === 0 ? 'start' : share === 1 ? 'end' : 'middle',
        }, share === 1 ? 'now' : `${span(slots * every * (1 - share))} ago`)));
    const last = history.at(-1) ?? { up: 0, down: 0 };
    setText(upNow, rate(last.up));
    setText(downNow, rate(last.down));
    picture.setAttribute('aria-label',
        `Throughput now: ${rate(last.down)} to clients, ${rate(last.up)} from clients`);
  }
  return { node: h('figure', {}, legend, picture), update };
}

/** A line as small as a word. */
export function spark() {
  const path = svg('path', { class: 'line down' });
  const node = svg('svg', { viewBox: '0 0 80 20', class: 'spark', 'aria-hidden': 'true' }, path);
  return {
    node,
    update(values) {
      const most = Math.max(1, ...values);
      path.setAttribute('d', line(values.map((value, i) =>
          [80 * (40 - values.length + i) / 39, 18 - 16 * value / most])));
    },
  };
}
