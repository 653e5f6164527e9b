/** The audit log as a file: streamed page by page, so that its size does not matter. */
import type { LogState } from '../../../domain/audit/ports.ts';
import type { LoggedEvent } from '../../../domain/audit/verdict.ts';
import { exportHeader, exportLine } from '../../../domain/audit/verify-export.ts';
import type { AuditContent } from '../../../domain/shared/audit-entry.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';
import { walkLog } from './walk.ts';

export type ExportFormat = 'ndjson' | 'csv';

/**
 * Records the export first, and ends where the log stood then. The text of each page is made when it is asked for.
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
  if (format === 'csv') yield `${COLUMNS.map(([name]) => name).join(',')}\r\n`;
  else if (state.checkpoint !== null) yield `${exportHeader(state.checkpoint)}\n`;
  for await (const { events } of walkLog(deps, state)) {
    if (events.length === 0) continue;
    yield events.map(format === 'csv' ? csvLine : (event) => `${exportLine(event)}\n`).join('');
  }
}

type Column = readonly [name: string, value: (event: LoggedEvent, content: AuditContent) => unknown];

const COLUMNS: readonly Column[] = [
  ['leafIndex', (event) => event.leafIndex],
  ['stream', (event) => event.stream],
  ['sequence', (event) => event.sequence],
  ['id', (_, content) => content.id],
  ['occurredAt', (_, content) => content.occurredAt],
  ['type', (_, content) => content.type],
  ['category', (_, content) => content.category],
  ['severity', (_, content) => content.severity],
  ['action', (_, content) => content.action],
  ['outcome', (_, content) => content.outcome],
  ['actorKind', (_, content) => content.actorKind],
  ['actorId', (_, content) => content.actorId],
  ['sessionId', (_, content) => content.sessionId],
  ['requestId', (_, content) => content.requestId],
  ['resourceType', (_, content) => content.resourceType],
  ['resourceId', (_, content) => content.resourceId],
  ['phiAccessed', (_, content) => content.phiAccessed],
  ['dataExported', (_, content) => content.dataExported],
  ['details', (_, content) => JSON.stringify(content.details)],
  ['error', (_, content) => content.error],
  ['previousHash', (event) => toHex(event.previousHash)],
  ['currentHash', (event) => toHex(event.currentHash)],
];

function csvLine(event: LoggedEvent): string {
  return `${COLUMNS.map(([, value]) => csvField(value(event, event.content as AuditContent))).join(',')}\r\n`;
}

/** A field that a spreadsheet would run as a formula is marked as text. */
function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  const plain = String(value);
  const text = /^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
