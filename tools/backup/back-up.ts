/** Writes the data, and separately the secrets that open it. */
import { beginSnapshot, dumpSequences, dumpTables } from '../../adapters/postgres/migrate/dump.ts';
import type { Session } from '../../adapters/postgres/migrate/session.ts';
import type { Secrets } from '../../src/compose/secrets.ts';
import { type Draft, draftArchive, type Lock } from './archive.ts';
import { fileLines } from './files.ts';
import type { Header, SecretsArchive } from './lines.ts';

export interface BackupCounts {
  tables: number;
  rows: number;
  files: number;
}

export interface BackupRequest {
  readonly session: Session;
  /** Folder of the stored files. */
  readonly files: string;
  readonly out: string;
  readonly lock: Lock;
  /** Identifies the backup. */
  readonly id: string;
  readonly createdAt: string;
}

export async function backUp(
  request: BackupRequest,
): Promise<{ readonly draft: Draft; readonly counts: BackupCounts }> {
  const counts = { tables: 0, rows: 0, files: 0 };
  const draft = await draftArchive(request.out, request.lock, dataLines(request, counts));
  return { draft, counts };
}

async function* dataLines(
  { session, files, id, createdAt }: BackupRequest,
  counts: BackupCounts,
): AsyncGenerator<string> {
  const migrations = [...(await beginSnapshot(session))];
  const snapshotAt = Date.now();
  yield JSON.stringify({ format: 'patient-portal-backup', version: 1, id, createdAt, migrations } satisfies Header);
  for await (const { table, columns, rows } of dumpTables(session)) {
    yield JSON.stringify({ table, columns });
    let count = 0;
    for await (const batch of rows()) {
      count += batch.length;
      yield* batch;
    }
    yield JSON.stringify({ tableEnd: table, rows: count });
    counts.tables += 1;
    counts.rows += count;
  }
  for (const state of await dumpSequences(session)) yield JSON.stringify(state);
  await session.run('COMMIT');
  for await (const line of fileLines(files, snapshotAt)) {
    if (line.startsWith('{"file":')) counts.files += 1;
    yield line;
  }
}

export async function backUpSecrets(
  out: string,
  lock: Lock,
  secrets: Secrets,
  { id, createdAt }: Pick<BackupRequest, 'id' | 'createdAt'>,
): Promise<Draft> {
  const { TOKEN_KEYS, FIELD_KEYS, INDEX_KEY, CHECKPOINT_KEYS } = secrets;
  const archive: SecretsArchive = {
    format: 'patient-portal-secrets',
    version: 1,
    id,
    createdAt,
    secrets: { TOKEN_KEYS, FIELD_KEYS, INDEX_KEY, CHECKPOINT_KEYS },
  };
  return draftArchive(out, lock, single(JSON.stringify(archive)));
}

async function* single(line: string): AsyncGenerator<string> {
  yield line;
}
