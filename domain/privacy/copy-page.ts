/**
 * The copy as a page for people: one HTML file without scripts and without anything to load. It is made piece by piece,
 * because a record can be long.
 */
import { escapeHtml } from '../shared/html.ts';
import type { Instant } from '../shared/time.ts';
import type { EventWord } from './catalogue/fates.ts';
import { CHAPTERS, type ChapterSource, type CopyField, copyFields } from './catalogue/tables.ts';
import type { CopyRecord, CopyValue } from './ports.ts';

/** The newest entries of each chapter are on the page; a browser cannot show many more at once. */
export const ENTRIES_ON_PAGE = 1_000;

/** Facts in the introduction of the page: when the copy was made, by which portal, and whether it has a picture. */
export interface PageFacts {
  readonly madeAt: Instant;
  readonly publicUrl: string;
  readonly hasPicture: boolean;
}

const STYLE = `
:root { color-scheme: light dark; --line: #b8c4bf; --soft: #f1f6f3; --strong: #0f5c42; }
@media (prefers-color-scheme: dark) { :root { --line: #4a5a53; --soft: #18231e; --strong: #7fd6b2; } }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.8rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin-top: 2.5rem; border-top: 2px solid var(--strong); padding-top: 1rem; }
a { color: var(--strong); }
nav ul { columns: 16rem; padding-left: 1.2rem; }
.entry { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; break-inside: avoid; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .25rem 1rem; margin: 0; }
dt { font-weight: 600; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.none { font-style: italic; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--soft); }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`;

export function pageStart({ madeAt, publicUrl, hasPicture }: PageFacts): string {
  const contents = CHAPTERS.map(
    ({ chapter }) => `<li><a href="#${chapter.name}">${escapeHtml(chapter.title)}</a></li>`,
  ).join('\n');
  const picture = hasPicture ? ' Your picture is in the folder <code>files</code>.' : '';
  const host = escapeHtml(publicUrl);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>A copy of your data</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>A copy of your data</h1>
<p>This is what the patient portal at <a href="${host}">${host}</a> held about you on <time datetime="${new Date(madeAt).toISOString()}">${dateInWords(madeAt)}</time>. It is for you alone: keep it where nobody else can read it.</p>
<p>The same data, for programs, is in the file <code>personal-data.json</code>; <code>personal-data.schema.json</code> describes its form.${picture}</p>
<p>Left out are passwords, codes and secret links, for whoever found this copy could use them, and what is about other people.</p>
</header>
<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ul>
${contents}
</ul></nav>
<main>
`;
}

export function pageEnd(): string {
  return '</main>\n</body>\n</html>\n';
}

export function chapterStart({ chapter }: ChapterSource): string {
  const heading = `<section aria-labelledby="${chapter.name}">
<h2 id="${chapter.name}">${escapeHtml(chapter.title)}</h2>
<p>${escapeHtml(chapter.about)}</p>
`;
  return chapter.words === undefined ? heading : `${heading}${eventsTable(chapter.name, chapter.words)}`;
}

function eventsTable(name: string, words: readonly EventWord[]): string {
  const heads = ['When', ...(words.includes('who') ? ['Who'] : []), 'What'];
  return `<div class="table" role="region" aria-labelledby="${name}" tabindex="0"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
`;
}

/** @param count how many entries the chapter has; those beyond {@link ENTRIES_ON_PAGE} are in the JSON document alone */
export function chapterEnd({ chapter }: ChapterSource, count: number): string {
  const close = chapter.words === undefined ? '' : '</tbody></table></div>\n';
  const none = count === 0 ? '<p class="none">Nothing.</p>\n' : '';
  const rest =
    count > ENTRIES_ON_PAGE
      ? `<p>These are the newest ${ENTRIES_ON_PAGE} of ${count}. All are in <code>personal-data.json</code>.</p>\n`
      : '';
  return `${close}${none}${rest}</section>\n`;
}

export function entryHtml(source: ChapterSource, record: CopyRecord): string {
  const { words } = source.chapter;
  if (words !== undefined) return eventRow(record, words);
  const lines = copyFields(source)
    .filter(({ name, form }) => form !== 'id' && isTold(record[name]))
    .map((field) => `<dt>${label(field.name)}</dt><dd>${valueHtml(field, record[field.name] ?? null)}</dd>`);
  if (lines.length === 0) return '<p class="none">Nothing is entered.</p>\n';
  return `<div class="entry"><dl>${lines.join('\n')}</dl></div>\n`;
}

function eventRow({ occurredAt, who, role, what }: CopyRecord, words: readonly EventWord[]): string {
  const as = role === null || who === 'you' ? '' : ` (${escapeHtml(String(role))})`;
  const actor = words.includes('who') ? `<td>${escapeHtml(String(who))}${as}</td>` : '';
  return `<tr><td>${momentHtml(String(occurredAt))}</td>${actor}<td>${escapeHtml(String(what))}</td></tr>\n`;
}

function isTold(value: CopyValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** `lastActivityAt` as `Last activity at`. */
function label(name: string): string {
  if (name === 'ip') return 'IP address';
  const words = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return escapeHtml(words.charAt(0).toUpperCase() + words.slice(1));
}

function valueHtml({ form }: Pick<CopyField, 'form'>, value: CopyValue): string {
  if (typeof value !== 'string') return wordsHtml(value);
  if (form === 'instant') return momentHtml(value);
  return form === 'date' ? dateInWords(Date.parse(value)) : wordsHtml(value);
}

function wordsHtml(value: CopyValue): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return escapeHtml(String(value));
  if (isList(value)) return value.map(wordsHtml).join(', ');
  return Object.entries(value)
    .filter(([, member]) => isTold(member))
    .map(([name, member]) => `${label(name)}: ${wordsHtml(member)}`)
    .join('\n');
}

function isList(value: CopyValue): value is readonly CopyValue[] {
  return Array.isArray(value);
}

function momentHtml(instant: string): string {
  const at = Date.parse(instant);
  return `<time datetime="${escapeHtml(instant)}">${dateInWords(at)}, ${new Date(at).toISOString().slice(11, 16)} UTC</time>`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

function dateInWords(at: Instant): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
