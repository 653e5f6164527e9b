import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHAPTERS, type ChapterSource } from '../../../domain/privacy/catalogue/tables.ts';
import {
  chapterEnd,
  chapterStart,
  ENTRIES_ON_PAGE,
  entryHtml,
  pageEnd,
  pageStart,
} from '../../../domain/privacy/copy-page.ts';
import type { CopyRecord } from '../../../domain/privacy/ports.ts';
import { sized } from '../../support/size.ts';
import { NOW } from './sample.ts';

function chapter(table: string): ChapterSource {
  const found = CHAPTERS.find((source) => source.table === table);
  if (found === undefined) throw new Error(`${table} has no chapter`);
  return found;
}

const APPOINTMENTS = chapter('appointments');
const HISTORY = chapter('audit_events');
const facts = { madeAt: NOW, publicUrl: 'https://portal.example', hasPicture: false };

/** The elements that a piece of the page opens and does not close, and the reverse. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  for (const [, slash, name] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (name === undefined || name === 'meta') continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else open.push(`/${name}`);
  }
  return open;
}

const page = (records: readonly CopyRecord[], source: ChapterSource) =>
  [
    pageStart(facts),
    chapterStart(source),
    ...records.map((record) => entryHtml(source, record)),
    chapterEnd(source, records.length),
    pageEnd(),
  ].join('');

describe('the page of a copy', () => {
  test('R79 says whose portal it is of, when it was made, and links to every chapter', () => {
    const start = pageStart(facts);
    expect(start).toContain('<a href="https://portal.example">https://portal.example</a>');
    expect(start).toContain('<time datetime="2026-11-20T12:00:00.000Z">20 November 2026</time>');
    for (const { chapter } of CHAPTERS) expect(start).toContain(`<a href="#${chapter.name}">${chapter.title}</a>`);
  });

  test('R79 names the folder of files only when there is a picture', () => {
    expect(pageStart(facts)).not.toContain('<code>files</code>');
    expect(pageStart({ ...facts, hasPicture: true })).toContain('<code>files</code>');
  });

  test.each(CHAPTERS.map((source) => [source.chapter.name, source] as const))(
    'R79 is well-formed in the chapter %s, with and without entries',
    (name, source) => {
      const empty = page([], source);
      expect(empty).toContain(`<h2 id="${name}">`);
      expect(empty).toContain('<p class="none">Nothing.</p>');
      expect(unbalanced(empty)).toEqual([]);
      const filled = page([{ occurredAt: '2026-11-20T12:00:00Z', who: 'you', role: null, what: 'x' }], source);
      expect(filled).not.toContain('Nothing.</p>');
      expect(unbalanced(filled)).toEqual([]);
    },
  );

  test('R79 refers to the document only for what is beyond the newest entries', () => {
    expect(chapterEnd(APPOINTMENTS, ENTRIES_ON_PAGE)).not.toContain('personal-data.json');
    expect(chapterEnd(APPOINTMENTS, ENTRIES_ON_PAGE + 1)).toContain('These are the newest 1000 of 1001.');
  });
});

describe('an entry of the page', () => {
  test('R79 shows instants, dates, numbers and truth values in words, and leaves ids out', () => {
    const html = entryHtml(APPOINTMENTS, {
      id: 'a-planted-id',
      doctorId: 'a-planted-doctor',
      doctorName: 'Dr Okafor',
      start: '2026-03-01T08:05:30Z',
      rescheduleCount: 0,
    });
    expect(html).toBe(
      '<div class="entry"><dl><dt>Doctor name</dt><dd>Dr Okafor</dd>\n' +
        '<dt>Start</dt><dd><time datetime="2026-03-01T08:05:30Z">1 March 2026, 08:05 UTC</time></dd>\n' +
        '<dt>Reschedule count</dt><dd>0</dd></dl></div>\n',
    );
    const session = entryHtml(chapter('sessions'), { ip: '2001:db8::1', remembered: false, isSuspicious: true });
    expect(session).toContain('<dt>IP address</dt><dd>2001:db8::1</dd>');
    expect(session).toContain('<dt>Remembered</dt><dd>no</dd>');
    expect(session).toContain('<dt>Is suspicious</dt><dd>yes</dd>');
    expect(entryHtml(chapter('users'), { dateOfBirth: '1988-02-29' })).toContain('<dd>29 February 1988</dd>');
  });

  test('R79 shows lists and objects in words, without their empty members', () => {
    const user = chapter('users');
    expect(entryHtml(user, { address: { city: 'Lisbon', postalCode: null, street: '' } })).toContain(
      '<dd>City: Lisbon</dd>',
    );
    expect(entryHtml(user, { preferences: { email: { reminders: false }, since: [1, null] } })).toContain(
      '<dd>Email: Reminders: no\nSince: 1, none</dd>',
    );
    expect(entryHtml(chapter('api_keys'), { scopes: ['read:slots', 'read:directory'] })).toContain(
      '<dd>read:slots, read:directory</dd>',
    );
  });

  test('R79 leaves out what is empty, and says so when that is all', () => {
    const nothing = '<p class="none">Nothing is entered.</p>\n';
    expect(entryHtml(APPOINTMENTS, { id: 'a', notes: null, reason: '' })).toBe(nothing);
    expect(entryHtml(chapter('users'), { address: {} })).toBe(nothing);
    expect(entryHtml(chapter('api_keys'), { scopes: [] })).toBe(nothing);
  });

  test('R79 of the history says who did it and as whom, but not the role of the reader', () => {
    const row = (who: string, role: string | null) =>
      entryHtml(HISTORY, { occurredAt: '2026-03-01T08:05:30Z', who, role, what: 'You signed in.' });
    expect(row('Ada Example', 'staff')).toContain('<td>Ada Example (staff)</td><td>You signed in.</td>');
    expect(row('you', 'patient')).toContain('<td>you</td>');
    expect(row('the portal', null)).toContain('<td>the portal</td>');
  });

  test('R79 holds no markup but its own, whatever the person or the clinic has written', () => {
    const words = fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '/', 'script', '<!--', 'é', '😀', 'a') });
    const own = (record: CopyRecord, source: ChapterSource) =>
      entryHtml(source, record).replaceAll(/<(\/?)(div|dl|dt|dd|p|tr|td|time)( (class|datetime)="[^"]*")?>/g, '');
    fc.assert(
      fc.property(words, (text) => {
        const nested = { [`${text}key`]: [text, { [`x${text}`]: text }] };
        const rest = [
          own({ reason: text, notes: text, doctorName: text }, APPOINTMENTS),
          own({ address: nested }, chapter('users')),
          own({ occurredAt: '2026-03-01T08:05:30Z', who: text, role: text, what: text }, HISTORY),
        ].join('');
        expect(rest).not.toMatch(/[<>"']/);
        expect(rest.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
      { numRuns: sized(1_000), seed: 79 },
    );
  });
});
