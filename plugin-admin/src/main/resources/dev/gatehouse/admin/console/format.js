// Numbers and moments for people.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes with three digits: 12.3 MB. */
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits) + '\u00a0' + UNITS[unit];
}

/** Bytes per second. */
export function rate(perSecond) {
  return bytes(perSecond) + '/s';
}

export function count(number) {
  return number.toLocaleString('en-US');
}

/** A span in its two largest units: 7 h 59 min. */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const d = Math.floor(s / 86400);
  const hours = Math.floor(s / 3600) % 24;
  const min = Math.floor(s / 60) % 60;
  const pair = (a, ua, b, ub) => `${a}\u00a0${ua}` + (b ? ` ${b}\u00a0${ub}` : '');
  if (d > 0) return pair(d, 'd', hours, 'h');
  if (hours > 0) return pair(hours, 'h', min, 'min');
  if (min >= 10) return `${min}\u00a0min`;
  if (min > 0) return pair(min, 'min', s % 60, 's');
  return `${s}\u00a0s`;
}

/** How long ago, seen from the gateway's clock, in one unit. */
export function ago(moment, now) {
  const seconds = Math.floor((now - Date.parse(moment)) / 1000);
  if (seconds < 1) return 'now';
  const [size, unit] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([size]) => seconds >= size);
  return `${Math.floor(seconds / size)}\u00a0${unit} ago`;
}

/** A moment in this browser's time zone. */
export function moment(text) {
  return new Date(text).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}
