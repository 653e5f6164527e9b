/** Exports the audit log, streamed page by page, so that memory does not grow with its size. */
import type { LogState } from '../../../domain/audit/ports.ts';
import { exportHeader, exportLine } from '../../../domain/audit/verify-export.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';
import { type CsvColumn, csvHead, csvLine } from './csv.ts';
import { type WalkedEvent, walkLog } from './walk.ts';

export type ExportFormat = 'ndjson' | 'csv';

/**
 * Records the export, then streams the log up to its size at that moment. Each page is loaded when the client reads it.
 *
 * - `ndjson`: the checkpoint the log stood at, then one event per line in canonical form, as the offline verifier reads it
 * - `csv`: for spreadsheets; RFC 4180, without the sealed part
 */
export async function exportAuditLog(
  deps: Deps,
  context: Context,
  format: ExportFormat,
): Promise<AsyncGenerator<string>> {
  const entry = recordEvent(deps, context, {
    type: 'audit.exported',
    stream: 'system',
    outcome: 'success',
    details: { format },
  });
  const state = await deps.database.loadRecorded(deps.loads.audit.logStateRead(), [entry]);
  return lines(deps, state, format);
}

async function* lines(deps: Deps, state: LogState, format: ExportFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvHead(COLUMNS);
  else if (state.checkpoint !== null) yield `${exportHeader(state.checkpoint)}\n`;
  for await (const { events } of walkLog(deps, state)) {
    if (events.length === 0) continue;
    yield events
      .map(format === 'csv' ? (event) => csvLine(COLUMNS, event) : (event) => `${exportLine(event)}\n`)
      .join('');
  }
}

const COLUMNS: readonly CsvColumn<WalkedEvent>[] = [
  ['leafIndex', (event) => event.leafIndex],
  ['stream', (event) => event.stream],
  ['sequence', (event) => event.sequence],
  ['id', ({ content }) => content.id],
  ['occurredAt', ({ content }) => content.occurredAt],
  ['type', ({ content }) => content.type],
  ['category', ({ content }) => content.category],
  ['severity', ({ content }) => content.severity],
  ['action', ({ content }) => content.action],
  ['outcome', ({ content }) => content.outcome],
  ['actorKind', ({ content }) => content.actorKind],
  ['actorId', ({ content }) => content.actorId],
  ['sessionId', ({ content }) => content.sessionId],
  ['requestId', ({ content }) => content.requestId],
  ['resourceType', ({ content }) => content.resourceType],
  ['resourceId', ({ content }) => content.resourceId],
  ['phiAccessed', ({ content }) => content.phiAccessed],
  ['dataExported', ({ content }) => content.dataExported],
  ['details', ({ content }) => JSON.stringify(content.details)],
  ['error', ({ content }) => content.error],
  ['previousHash', (event) => toHex(event.previousHash)],
  ['currentHash', (event) => toHex(event.currentHash)],
];
