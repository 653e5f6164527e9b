/** Who has seen, opened, shared or changed a file. */
import type { EventPlace, ShownEvent } from '../../../domain/audit/ports.ts';
import type { FileId } from '../../../domain/files/file.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** For the person whose file it is. The reading is recorded as one of their history. */
export async function listAccesses(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: FileId,
  page: { readonly after: EventPlace | null; readonly limit: number },
): Promise<Result<ShownEvent[], FileNotFound>> {
  const entry = recordEvent(deps, context, { type: 'audit.own_read', stream: actor.userId, outcome: 'success' });
  const found = await deps.database.loadRecorded(deps.loads.audit.fileHistoryRead(actor.userId, id, page), [entry]);
  return found === undefined ? refuse({ code: 'file_not_found' }) : ok(found);
}
