/** Who accessed whose record: for the person concerned, and for the officer who investigates a breach. */

import { actorInWords, type HistoryPage, type HistoryPlace } from '../../../domain/audit/own-history.ts';
import type {
  Affected,
  AffectedPage,
  AffectedPerson,
  AffectedQuestion,
  HistoryEvent,
  ShownEvent,
} from '../../../domain/audit/ports.ts';
import { eventInWords } from '../../../domain/audit-catalog.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';
import { type CsvColumn, csvHead, csvLine } from './csv.ts';

export function readOwnHistory(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  page: Omit<HistoryPage, 'now'>,
): Promise<HistoryEvent[]> {
  const entry = recordEvent(deps, context, { type: 'audit.own_read', stream: actor.userId, outcome: 'success' });
  return deps.database.loadRecorded(deps.loads.audit.ownHistory(actor.userId, { ...page, now: context.now }), [entry]);
}

/** Recorded once, with the first page. Each page is loaded when the client reads it. */
export async function exportOwnHistory(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  times: Pick<HistoryPage, 'from' | 'to'>,
): Promise<AsyncGenerator<string>> {
  const entry = recordEvent(deps, context, { type: 'audit.own_exported', stream: actor.userId, outcome: 'success' });
  const page = { ...times, before: null, limit: deps.settings.batches.exported, now: context.now };
  const first = await deps.database.loadRecorded(deps.loads.audit.ownHistory(actor.userId, page), [entry]);
  return historyLines(deps, actor.userId, page, first);
}

async function* historyLines(
  deps: Deps,
  userId: UserId,
  page: HistoryPage,
  first: readonly HistoryEvent[],
): AsyncGenerator<string> {
  const columns = historyColumns(userId);
  yield csvHead(columns);
  let found = first;
  for (;;) {
    const shown = found.slice(0, page.limit);
    yield shown.map((event) => csvLine(columns, event)).join('');
    const last = shown.at(-1);
    if (last === undefined || found.length <= page.limit) return;
    [found] = await deps.database.load(deps.loads.audit.moreOwnHistory(userId, { ...page, before: placeOf(last) }));
  }
}

/** Where the next page begins. */
export function placeOf({ content, sequence }: ShownEvent): HistoryPlace {
  return { at: Date.parse(content.occurredAt), sequence, id: content.id };
}

function historyColumns(reader: UserId): readonly CsvColumn<HistoryEvent>[] {
  return [
    ['timestamp', ({ content }) => content.occurredAt],
    ['who', (event) => actorInWords(event, reader)],
    ['what', (event) => eventInWords(event, reader)],
    ['eventType', ({ content }) => content.type],
    ['outcome', ({ content }) => content.outcome],
    ['phiAccessed', ({ content }) => content.phiAccessed],
    ['dataExported', ({ content }) => content.dataExported],
    ['resourceType', ({ content }) => content.resourceType],
    ['resourceId', ({ content }) => content.resourceId],
    ['id', ({ content }) => content.id],
  ];
}

function affectedEntry(deps: Deps, context: Context, question: AffectedQuestion) {
  return recordEvent(deps, context, {
    type: 'audit.affected_read',
    stream: 'system',
    outcome: 'success',
    resource: { type: 'user', id: question.actorId },
    details: { from: question.from, to: question.to },
  });
}

export function readAffected(
  deps: Deps,
  context: Context,
  question: AffectedQuestion,
  page: AffectedPage,
): Promise<Affected> {
  const load = deps.loads.audit.affectedRead(question, page);
  return deps.database.loadRecorded(load, [affectedEntry(deps, context, question)]);
}

export async function exportAffected(
  deps: Deps,
  context: Context,
  question: AffectedQuestion,
): Promise<AsyncGenerator<string>> {
  return affectedLines(
    deps,
    question,
    await readAffected(deps, context, question, { after: null, limit: deps.settings.batches.exported }),
  );
}

async function* affectedLines(deps: Deps, question: AffectedQuestion, first: Affected): AsyncGenerator<string> {
  const atOnce = deps.settings.batches.exported;
  yield csvHead(AFFECTED);
  let { persons } = first;
  for (;;) {
    const shown = persons.slice(0, atOnce);
    yield shown.map((person) => csvLine(AFFECTED, person)).join('');
    const last = shown.at(-1);
    if (last === undefined || persons.length <= atOnce) return;
    const page = { after: last.userId, limit: deps.settings.batches.exported };
    [{ persons }] = await deps.database.load(deps.loads.audit.moreAffected(question, page));
  }
}

const AFFECTED: readonly CsvColumn<AffectedPerson>[] = [
  ['userId', ({ userId }) => userId],
  ['name', ({ name }) => name],
  ['role', ({ role }) => role],
  ['events', ({ events }) => events],
  ['phiEvents', ({ phiEvents }) => phiEvents],
  ['exports', ({ exports }) => exports],
  ['firstAt', ({ firstAt }) => new Date(firstAt).toISOString()],
  ['lastAt', ({ lastAt }) => new Date(lastAt).toISOString()],
  ['eventTypes', ({ eventTypes }) => eventTypes.join(' ')],
];
