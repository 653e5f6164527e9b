/** A copy of everything about oneself: asked for, made in the background, fetched once. */
import type { Change } from '../../../domain/changes.ts';
import type { DataExportId } from '../../../domain/privacy/changes.ts';
import { DELETE_FILES, exportFolder } from '../../../domain/privacy/erasure.ts';
import type { DataExport } from '../../../domain/privacy/ports.ts';
import { cutOff } from '../../../domain/privacy/retention.ts';
import { type ZipEntry, zip } from '../../../domain/privacy/zip.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { type Decision, decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { StoredFile } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { commit, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

export const MAKE_EXPORT = 'privacy.export';
/** The archive is sealed as long as it lies in storage: destroying the person's key ends it too. */
const FIELD = 'data_exports.archive';

type NotFound = { readonly code: 'not_found' };
type NotReady = { readonly code: 'export_not_ready' };

/** After so long a copy that is not made yet is begun again when it is asked for again. */
const OVERDUE_MS = 3_600_000;

/** One at a time: while a copy is being made or waits to be fetched, asking again is answered with that one. */
export function requestExport(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  represent: (request: DataExport) => Representation,
) {
  const id = newId<'data_export'>(deps, context.now);
  const requested: DataExport = {
    id,
    userId: actor.userId,
    status: 'requested',
    fileKey: null,
    sizeBytes: null,
    requestedAt: context.now,
    completedAt: null,
    fetchedAt: null,
  };
  const since = cutOff(deps.settings.retention, 'data_exports', context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.privacy.openExport(actor.userId, since)],
      answerOf: 'caller',
      decide: (open): Result<Decision<Change, DataExport>, never> =>
        ok(
          open === undefined
            ? decided({
                value: requested,
                changes: [{ type: 'data_export.requested', id, userId: actor.userId, since, at: context.now }],
                audit: [
                  {
                    type: 'privacy.export_requested',
                    stream: actor.userId,
                    outcome: 'success',
                    resource: { type: 'data_export', id },
                  },
                ],
                jobs: [makeJob(requested)],
              })
            : decided({
                value: open,
                changes: [],
                audit: [],
                // Whatever kept it from being made: who asks again hours later is not left with it.
                jobs:
                  open.status === 'requested' && open.requestedAt <= context.now - OVERDUE_MS ? [makeJob(open)] : [],
              }),
        ),
    },
    represent,
  );
}

function makeJob({ id, userId }: DataExport): JobDraft {
  return { topic: MAKE_EXPORT, payload: { exportId: id, userId } };
}

export async function readExport(deps: Deps, actor: KnownActor, id: DataExportId): Promise<DataExport | undefined> {
  const [found] = await deps.database.load(deps.loads.privacy.dataExport(id, actor.userId));
  return found;
}

/** Made twice, it is stored once under one key: the first commit wins, the second has nothing to do. */
export async function makeExport(
  deps: Deps,
  context: Context,
  { exportId, userId }: { readonly exportId: string; readonly userId: string },
): Promise<void> {
  const id = exportId as DataExportId;
  const owner = userId as UserId;
  const [request, data] = await deps.database.load(
    deps.loads.privacy.dataExport(id, owner),
    deps.loads.privacy.personalData(owner),
  );
  if (request?.status !== 'requested' || data === undefined) return;
  const made = new Date(context.now).toISOString();
  const json = JSON.stringify({ format: 'patient-portal-export-1', made, ...data.chapters }, null, 2);
  const archive = zip([{ name: 'personal-data.json', bytes: utf8(json) }, ...(await avatarOf(deps, data.avatarKey))]);
  const fileKey = `${exportFolder(owner)}/${id}`;
  const sealed = deps.cipher.seal(data.dataKey, FIELD, toBase64Url(archive));
  await deps.files.put(fileKey, sealed, 'application/octet-stream');
  const outcome = await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [{ type: 'data_export.completed', id, fileKey, sizeBytes: archive.length, at: context.now }],
      audit: [
        {
          type: 'privacy.export_completed',
          stream: owner,
          outcome: 'success',
          resource: { type: 'data_export', id },
          details: { bytes: archive.length },
        },
      ],
    }),
  );
  // The person was erased in between, or somebody else has made it: in the first case nothing may stay behind.
  if (!outcome.ok && (await isGone(deps, id, owner))) await deps.files.delete(fileKey);
}

async function isGone(deps: Deps, id: DataExportId, owner: UserId): Promise<boolean> {
  const [found] = await deps.database.load(deps.loads.privacy.dataExport(id, owner));
  return found === undefined;
}

async function avatarOf(deps: Deps, key: string | null): Promise<ZipEntry[]> {
  const file = key === null ? undefined : await deps.files.get(key);
  if (file === undefined) return [];
  const extension = /^image\/([a-z]+)$/.exec(file.contentType)?.[1] ?? 'bin';
  return [{ name: `files/avatar.${extension}`, bytes: await readAll(file) }];
}

async function readAll({ body, sizeBytes }: StoredFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  const reader = body.getReader();
  let offset = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes.set(next.value ?? new Uint8Array(0), offset);
    offset += next.value?.length ?? 0;
  }
  return bytes;
}

/** What a fetch would bring, without fetching it. */
export async function readWaitingExport(
  deps: Deps,
  actor: KnownActor,
  id: DataExportId,
): Promise<Result<{ readonly sizeBytes: number }, NotFound | NotReady>> {
  const found = await readExport(deps, actor, id);
  if (found === undefined || found.status === 'fetched') return refuse({ code: 'not_found' });
  return found.sizeBytes === null ? refuse({ code: 'export_not_ready' }) : ok({ sizeBytes: found.sizeBytes });
}

/** Of two at once one gets it. The stored archive is deleted afterwards. */
export async function fetchExport(deps: Deps, context: Context, actor: KnownActor, id: DataExportId) {
  let archive: Uint8Array | undefined;
  return execute(deps, context, {
    loads: [deps.loads.privacy.dataExport(id, actor.userId)],
    decide: async (found): Promise<Result<Decision<Change, Uint8Array>, NotFound | NotReady>> => {
      if (found === undefined || found.status === 'fetched') return refuse({ code: 'not_found' });
      if (found.fileKey === null) return refuse({ code: 'export_not_ready' });
      archive ??= await openArchive(deps, actor, found.fileKey);
      if (archive === undefined) return refuse({ code: 'not_found' });
      return ok(
        decided({
          value: archive,
          changes: [{ type: 'data_export.fetched', id, at: context.now }],
          audit: [
            {
              type: 'privacy.export_downloaded',
              stream: actor.userId,
              outcome: 'success',
              resource: { type: 'data_export', id },
            },
          ],
          jobs: [{ topic: DELETE_FILES, payload: { keys: JSON.stringify([found.fileKey]) } }],
        }),
      );
    },
  });
}

async function openArchive(deps: Deps, actor: KnownActor, key: string): Promise<Uint8Array | undefined> {
  const file = await deps.files.get(key);
  if (file === undefined) return undefined;
  const text = deps.cipher.open(actor.dataKey, FIELD, await readAll(file));
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}
