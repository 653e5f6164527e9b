/** Writes a person's data into the archive: a JSON document, its schema, a page for people, and files. */

import { actorInWords } from '../../../domain/audit/own-history.ts';
import { eventInWords } from '../../../domain/audit-catalog.ts';
import type { FileId } from '../../../domain/files/file.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import { render } from '../../../domain/messages.ts';
import { CHAPTERS, type ChapterSource } from '../../../domain/privacy/catalogue/tables.ts';
import {
  chapterEnd,
  chapterStart,
  ENTRIES_ON_PAGE,
  entryHtml,
  pageEnd,
  pageStart,
} from '../../../domain/privacy/copy-page.ts';
import { COPY_FORMAT, COPY_SCHEMA_PATH, copySchema } from '../../../domain/privacy/copy-schema.ts';
import type { CopyOwner, CopyPerson, CopyRecord, PersonName } from '../../../domain/privacy/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { UTC } from '../../../domain/shared/zone.ts';
import type { Deps } from '../context.ts';
import { readBytes } from '../files/bytes.ts';
import { avatarBytes } from '../identity/avatars.ts';
import { textsIn } from '../notifications/languages.ts';
import { closeArchive, createEntryWriter, type EntryWriter, type FinishedEntry } from './archive-file.ts';

/** @returns the size of the archive in bytes */
export async function writeArchive(deps: Deps, owner: CopyOwner, folder: string, madeAt: Instant): Promise<number> {
  const entry = (name: string, label?: string) => createEntryWriter(deps, owner.dataKey, folder, name, label);
  const { publicUrl } = deps.settings;
  const page = entry('index.html');
  const document = entry('personal-data.json');
  const schema = entry('personal-data.schema.json');
  await schema.write(`${JSON.stringify(copySchema(publicUrl), null, 2)}\n`);
  const picture = await writePicture(deps, owner, entry);
  const files = await writeFiles(deps, owner, entry);
  await page.write(pageStart({ madeAt, publicUrl, hasPicture: picture.length > 0 }));
  const head = {
    $schema: `${publicUrl}${COPY_SCHEMA_PATH}`,
    format: COPY_FORMAT,
    made: new Date(madeAt).toISOString(),
  };
  await document.write(JSON.stringify(head, null, 2).slice(0, -2));
  const names = new Map<string, PersonName>();
  for (const source of CHAPTERS) await writeChapter(deps, owner, source, names, document, page);
  await page.write(pageEnd());
  await document.write('\n}\n');
  const finished = [await page.finish(), await document.finish(), await schema.finish(), ...picture, ...files];
  return closeArchive(deps, owner.dataKey, folder, finished, madeAt);
}

async function writeChapter(
  deps: Deps,
  owner: CopyOwner,
  source: ChapterSource,
  names: Map<string, PersonName>,
  document: EntryWriter,
  page: EntryWriter,
): Promise<void> {
  await document.write(`,\n  ${JSON.stringify(source.chapter.name)}: [`);
  await page.write(chapterStart(source));
  let count = 0;
  for await (const records of pagesOfAll(deps, owner, source)) {
    const told = await inWords(deps, owner, source, records, names);
    const lines = told.map((record, index) => `${count + index === 0 ? '' : ','}\n    ${JSON.stringify(record)}`);
    await document.write(lines.join(''));
    const room = Math.max(0, ENTRIES_ON_PAGE - count);
    await page.write(
      told
        .slice(0, room)
        .map((record) => entryHtml(source, record))
        .join(''),
    );
    count += told.length;
  }
  await document.write(count === 0 ? ']' : '\n  ]');
  await page.write(chapterEnd(source, count));
}

/** The person's records, then what stays in records that were merged into this one; their profiles are not the person's. */
async function* pagesOfAll(deps: Deps, owner: CopyOwner, source: ChapterSource): AsyncGenerator<readonly CopyRecord[]> {
  yield* pagesOf(deps, owner, source);
  if (source.table === 'users') return;
  for (const alias of owner.aliases) yield* pagesOf(deps, alias, source);
}

async function* pagesOf(deps: Deps, owner: CopyPerson, source: ChapterSource): AsyncGenerator<readonly CopyRecord[]> {
  let after: string | null = null;
  do {
    const load = deps.loads.privacy.chapter(source, owner, { after, limit: deps.settings.batches.exported });
    const [{ records, next }]: [{ records: readonly CopyRecord[]; next: string | null }] =
      await deps.database.load(load);
    yield records;
    after = next;
  } while (after !== null);
}

/** Adds the text of each message and the description of each audit event, which no column holds. */
async function inWords(
  deps: Deps,
  owner: CopyOwner,
  { table, chapter }: ChapterSource,
  records: readonly CopyRecord[],
  names: Map<string, PersonName>,
): Promise<readonly CopyRecord[]> {
  if (table === 'notifications') return Promise.all(records.map((record) => messageInWords(deps, owner, record)));
  if (chapter.words === undefined) return records;
  if (!chapter.words.includes('who')) return records.map((record) => actByProxyInWords(record, owner.userId));
  const unknown = new Set(records.map(({ actorId }) => actorId).filter((id) => typeof id === 'string'));
  const missing = [...unknown].filter((id) => !names.has(id));
  if (missing.length > 0) {
    const [found] = await deps.database.load(deps.loads.privacy.names(missing as UserId[]));
    for (const [id, name] of found) names.set(id, name);
  }
  return records.map((record) => historyInWords(asOwner(record, owner), owner.userId, names));
}

/** In English, as the page is: the language in which a message was sent is not kept. Without text if the variables cannot be read. */
async function messageInWords(
  deps: Deps,
  owner: CopyOwner,
  { variables, ...message }: CopyRecord,
): Promise<CopyRecord> {
  if (variables === null || variables === UNREADABLE) return { ...message, subject: null, text: variables };
  const { firstName } = owner;
  const { publicUrl } = deps.settings;
  const sender = { name: null, signature: [], colours: null, timezone: UTC, namesDoctor: true };
  const context = { language: 'en', firstName, publicUrl, sender };
  const rendered = render(String(message.template), JSON.parse(String(variables)), context, await textsIn('en'));
  if (rendered === undefined) return { ...message, subject: null, text: null };
  const { subject, text, codes } = rendered;
  const secretless = codes.reduce((words, code) => words.replaceAll(code, '(left out: it is secret)'), text);
  return { ...message, subject, text: secretless };
}

/** What the person did in a record that was merged into this one was done by the same person. */
function asOwner(record: CopyRecord, { userId, aliases }: CopyOwner): CopyRecord {
  return aliases.some((alias) => alias.userId === record.actorId) ? { ...record, actorId: userId } : record;
}

function historyInWords(record: CopyRecord, reader: UserId, names: ReadonlyMap<string, PersonName>): CopyRecord {
  const actor = names.get(String(record.actorId));
  const event = {
    actorName: actor?.name ?? null,
    content: {
      actorKind: String(record.actorKind),
      actorId: record.actorId === null ? null : String(record.actorId),
      type: String(record.eventType),
      outcome: String(record.outcome),
      details: (record.details ?? {}) as Readonly<Record<string, unknown>>,
    },
  };
  return {
    ...record,
    who: actorInWords(event, reader),
    role: actor?.role ?? null,
    what: eventInWords(event, reader),
  };
}

/** What the reader did for somebody else, who is not named: the copy is about the reader. */
function actByProxyInWords(record: CopyRecord, reader: UserId): CopyRecord {
  const event = {
    actorName: null,
    patient: { name: null },
    content: {
      actorKind: 'user',
      actorId: reader,
      type: String(record.eventType),
      outcome: String(record.outcome),
      details: {},
    },
  };
  return { ...record, what: eventInWords(event, reader) };
}

async function writePicture(
  deps: Deps,
  { userId, avatar }: CopyOwner,
  entry: (name: string) => EntryWriter,
): Promise<FinishedEntry[]> {
  if (avatar === null) return [];
  const writer = entry('files/avatar.jpg');
  for await (const chunk of avatarBytes(deps, userId, avatar)) await writer.write(chunk);
  return [await writer.finish()];
}

/** Files that can be opened, of the person and of records that were merged into the person's; each under its id and its name. */
async function writeFiles(
  deps: Deps,
  owner: CopyOwner,
  entry: (name: string, label: string) => EntryWriter,
): Promise<FinishedEntry[]> {
  const finished: FinishedEntry[] = [];
  for (const { userId } of [owner, ...owner.aliases]) {
    for await (const stored of cleanFiles(deps, userId)) {
      const folder = `files/${stored.file.id}`;
      const writer = entry(`${folder}/${stored.file.details?.name ?? 'file'}`, folder);
      const bytes = readBytes(deps, stored, { offset: 0, length: stored.file.sizeBytes });
      // The writer keeps a chunk until its part is full; the next one is written over it.
      for await (const chunk of bytes) await writer.write(chunk.slice());
      finished.push(await writer.finish());
    }
  }
  return finished;
}

async function* cleanFiles({ database, loads, settings }: Deps, userId: UserId): AsyncGenerator<StoredParts> {
  let after: FileId | null = null;
  do {
    const limit = settings.batches.exported;
    const [ids]: [FileId[]] = await database.load(loads.files.cleanOf(userId, { after, limit }));
    for (const id of ids) {
      const [stored] = await database.load(loads.files.stored(id));
      // Deleted or scanned again meanwhile, or damaged.
      if (stored?.file.state === 'clean' && stored.file.fileKey !== null) yield stored;
    }
    after = ids.length < limit ? null : (ids.at(-1) ?? null);
  } while (after !== null);
}
