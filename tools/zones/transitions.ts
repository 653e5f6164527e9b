/** Zones of moment-timezone's packed data, with the transitions since 1969 spelt out. */

/** The offset in use from an instant on. Both in whole seconds; offsets are positive east of Greenwich. */
export interface Transition {
  readonly at: number;
  readonly offset: number;
}

export interface SourceZone {
  readonly name: string;
  /** In use before the first transition. */
  readonly firstOffset: number;
  /** In order, after `SINCE`, each with another offset than the one before. */
  readonly transitions: readonly Transition[];
  /** Other names of the zone, in order. */
  readonly aliases: readonly string[];
}

export interface PackedZones {
  readonly version: string;
  readonly zones: readonly string[];
  readonly links: readonly string[];
}

/**
 * Start of the table, in seconds: 1969. The database is complete since 1970; the year before has the last date that a zone
 * had twice (Kwajalein), a case that slots are tested with.
 */
const SINCE = Date.UTC(1969, 0, 1) / 1000;

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';

/** A number in base 60 with a fraction, in minutes, as seconds. */
function secondsOf(text: string): number {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const value = (digits: string) => [...digits].reduce((sum, digit) => sum * 60 + DIGITS.indexOf(digit), 0);
  if (fraction.length > 1) throw new RangeError(`a fraction of less than a second: ${text}`);
  return (negative ? -1 : 1) * (value(whole) * 60 + value(fraction));
}

/** The format: https://momentjs.com/timezone/docs/#/data-formats/packed-format/ */
function unpack(packed: string, aliases: readonly string[]): SourceZone {
  const [name = '', , offsetList = '', indexes = '', deltas = ''] = packed.split('|');
  // The data counts offsets west of Greenwich.
  const offsets = offsetList.split(' ').map((offset) => 0 - secondsOf(offset));
  const used = [...indexes].map((digit) => offsets[DIGITS.indexOf(digit)] ?? 0);
  let at = 0;
  const all =
    deltas === ''
      ? []
      : deltas.split(' ').map((delta, index) => {
          at += secondsOf(delta);
          return { at, offset: used[index + 1] ?? 0 };
        });
  const firstOffset = all.findLast((transition) => transition.at <= SINCE)?.offset ?? used[0] ?? 0;
  let before = firstOffset;
  const transitions = all.filter((transition) => {
    if (transition.at <= SINCE || transition.offset === before) return false;
    before = transition.offset;
    return true;
  });
  return { name, firstOffset, transitions, aliases };
}

export function sourceZones({ zones, links }: PackedZones): readonly SourceZone[] {
  const pairs = links.map((link) => link.split('|'));
  return zones
    .map((packed) => {
      const name = packed.slice(0, packed.indexOf('|'));
      const aliases = pairs.filter(([target]) => target === name).map(([, alias = '']) => alias);
      return unpack(packed, aliases.sort());
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
