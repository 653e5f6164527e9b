/** Times on the pages: as the API sends them, and on the reader's clock. */
import { describe, expect, it } from 'vitest';
import { cityOf, dayOf, fullDayOf, monthOf, ownTime, readingOf, turnOf, wallTime } from '../../web/src/app/dates.ts';

const BERLIN = 'Europe/Berlin';

describe('a plain date', () => {
  it('has its weekday and month as words, and the year only if it is another one', () => {
    const today = new Date('2026-06-01T12:00:00Z');
    expect(dayOf('2026-12-02', 'de', today)).toBe('Mittwoch, 2. Dezember');
    expect(dayOf('2027-01-04', 'de', today)).toBe('Montag, 4. Januar 2027');
    expect(fullDayOf('2026-12-02', 'fr')).toBe('mercredi 2 décembre 2026');
    expect(monthOf('2026-12', 'es')).toBe('diciembre de 2026');
  });
});

describe('a wall time', () => {
  it.each([
    ['00:05', '0:05'],
    ['02:30', '2:30'],
    ['23:45', '23:45'],
  ])('%s is shown as it was sent', (time, shown) => expect(wallTime(time, 'de')).toBe(shown));

  it('names cities', () => {
    expect(cityOf('America/New_York')).toBe('New York');
    expect(cityOf('America/Argentina/Buenos_Aires')).toBe('Buenos Aires');
    expect(cityOf('UTC')).toBe('UTC');
  });
});

describe('the reading of a clock', () => {
  it.each([
    ['2026-12-01T08:00:00Z', 'Asia/Kolkata', '2026-12-01', '13:30'],
    ['2026-12-01T20:00:00Z', 'Asia/Kathmandu', '2026-12-02', '01:45'],
    ['2026-12-01T23:00:00Z', 'UTC', '2026-12-01', '23:00'],
    ['2026-12-01T00:00:00Z', 'America/St_Johns', '2026-11-30', '20:30'],
    // Midnight is 00:00, never 24:00.
    ['2026-06-30T22:00:00Z', BERLIN, '2026-07-01', '00:00'],
    // The night on which 02:00 to 03:00 does not exist.
    ['2026-03-29T00:59:00Z', BERLIN, '2026-03-29', '01:59'],
    ['2026-03-29T01:00:00Z', BERLIN, '2026-03-29', '03:00'],
  ])('at %s in %s', (instant, zone, date, time) => expect(readingOf(new Date(instant), zone)).toEqual({ date, time }));
});

describe('the time for the reader', () => {
  it('is left out where it reads the same, also in another zone', () => {
    expect(ownTime('2026-12-01T09:00:00Z', '2026-12-01', '10:00', 'de', BERLIN)).toBeNull();
    expect(ownTime('2026-12-01T09:00:00Z', '2026-12-01', '10:00', 'de', 'Europe/Paris')).toBeNull();
  });

  it('follows the offset at that instant: New York is five hours behind for some weeks, six otherwise', () => {
    expect(ownTime('2026-03-20T09:00:00Z', '2026-03-20', '10:00', 'de', 'America/New_York')).toBe('5:00');
    expect(ownTime('2026-12-01T09:00:00Z', '2026-12-01', '10:00', 'de', 'America/New_York')).toBe('4:00');
  });

  it('names the day where it is another one', () => {
    expect(ownTime('2026-12-01T22:30:00Z', '2026-12-01', '23:30', 'de', 'Asia/Kolkata')).toMatch(
      /^Mittwoch, 2\. Dezember.*, 4:00$/,
    );
    expect(ownTime('2026-12-02T00:30:00Z', '2026-12-02', '01:30', 'de', 'America/St_Johns')).toMatch(
      /^Dienstag, 1\. Dezember.*, 21:00$/,
    );
  });
});

describe('two times that look alike', () => {
  it.each([
    // 02:00 to 03:00 comes twice in Berlin.
    ['2026-10-25T00:30:00Z', BERLIN, '02:30', 'first'],
    ['2026-10-25T01:30:00Z', BERLIN, '02:30', 'second'],
    ['2026-10-24T23:59:00Z', BERLIN, '01:59', null],
    ['2026-10-25T02:00:00Z', BERLIN, '03:00', null],
    // Lord Howe sets clocks by half an hour: 01:30 to 02:00 comes twice.
    ['2026-04-04T14:45:00Z', 'Australia/Lord_Howe', '01:45', 'first'],
    ['2026-04-04T15:15:00Z', 'Australia/Lord_Howe', '01:45', 'second'],
    ['2026-04-04T15:30:00Z', 'Australia/Lord_Howe', '02:00', null],
    // Half-hour zones that set clocks by an hour.
    ['2026-11-01T03:30:00Z', 'America/St_Johns', '01:00', 'first'],
    ['2026-11-01T04:30:00Z', 'America/St_Johns', '01:00', 'second'],
    // Nothing comes twice in spring, or where clocks are not set.
    ['2026-03-29T01:00:00Z', BERLIN, '03:00', null],
    ['2026-10-25T00:30:00Z', 'Asia/Kolkata', '06:00', null],
  ] as const)('%s in %s is %s: %s', (instant, zone, time, turn) => {
    expect(readingOf(new Date(instant), zone).time).toBe(time);
    expect(turnOf(instant, zone)).toBe(turn);
  });
});
