/** Restores into an empty database and an empty folder. Nothing is visible until everything has been verified. */
import { createBlindIndex } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { beginLoad, occupantOf, type TableLoader } from '../../adapters/postgres/migrate/dump.ts';
import { applyWithin } from '../../adapters/postgres/migrate/migrate.ts';
import { type Migration, pendingMigrations } from '../../adapters/postgres/migrate/migration-files.ts';
import { driverWithin, type Session } from '../../adapters/postgres/migrate/session.ts';
import type { BoxFormat } from '../../domain/shared/sealed-columns.ts';
import { requireKnownKeys } from '../../src/compose/known-keys.ts';
import type { Secrets } from '../../src/compose/secrets.ts';
import { ArchiveRefused, type Opener, readArchive } from './archive.ts';
import type { BackupCounts } from './back-up.ts';
import { endRestoredAccess } from './ended-access.ts';
import { type FileRestorer, isEmptyFolder, restoreFiles } from './files.ts';
import { type Header, readHeader, readSecretsLine, readSection, type SecretsArchive } from './lines.ts';

export interface RestoreRequest {
  readonly session: Session;
  readonly migrations: readonly Migration[];
  readonly files: string;
  readonly from: string;
  readonly opener: Opener;
  readonly secrets: Pick<Secrets, 'FIELD_KEYS' | 'INDEX_KEY'>;
  /** Id of the backup that the secrets belong to; `undefined` if they did not come from an archive. */
  readonly secretsId: string | undefined;
  /** Whether no checkpoint was published after the backup, so that the log may continue under its origin. */
  readonly isNothingPublishedSince: boolean;
  /** Called after verification, before the restore takes effect. */
  readonly keepSecrets: () => Promise<void>;
}

export interface Restored extends BackupCounts {
  readonly header: Header;
  readonly isSealingStopped: boolean;
}

const BATCH_ROWS = 200;
const BATCH_CHARACTERS = 4_000_000;

export async function readSecretsArchive(path: string, opener: Opener): Promise<SecretsArchive> {
  const lines: string[] = [];
  for await (const line of readArchive(path, opener)) lines.push(line);
  return readSecretsLine(lines[0]);
}

/** @throws ArchiveRefused, ConfigRefused or MigrationRefused with the reason; nothing was changed */
export async function restore(request: RestoreRequest): Promise<Restored> {
  const { session, files } = request;
  if (!(await isEmptyFolder(files))) {
    throw new ArchiveRefused(`${files} holds files already: restore into an empty DATA_DIR`);
  }
  const occupant = await occupantOf(session);
  if (occupant !== 'nobody') {
    throw new ArchiveRefused(`the database is in use by ${occupant}: restore into an empty one`);
  }
  const lines = readArchive(request.from, request.opener);
  const header = readHeader((await lines.next()).value ?? undefined);
  if (request.secretsId !== undefined && request.secretsId !== header.id) {
    throw new ArchiveRefused(
      `the secrets belong to the backup ${request.secretsId} and the data to ${header.id}: give those of one backup`,
    );
  }
  const fileRestorer = await restoreFiles(files);
  await session.run('BEGIN');
  try {
    await migrateTo(session, request.migrations, header);
    const loader = await beginLoad(session);
    const counts = await takeLines(lines, loader, fileRestorer);
    await loader.finish();
    await applyWithin(session, request.migrations);
    await requireSound(session, request.secrets);
    await endRestoredAccess(session);
    const isSealingStopped = request.isNothingPublishedSince ? false : await stopSealing(session);
    await request.keepSecrets();
    await fileRestorer.finish();
    await session.run('COMMIT');
    return { ...counts, header, isSealingStopped };
  } catch (error) {
    // If the connection is broken, the server has rolled back already.
    await session.run('ROLLBACK').catch(() => {});
    await fileRestorer.abandon();
    throw error;
  }
}

/**
 * Checkpoints that were published after the backup may only be known outside, and what is sealed next could contradict
 * them (C2SP tlog-checkpoint: a log must never sign two histories). A log that has signed nothing cannot contradict
 * anything.
 *
 * @returns whether there was anything to stop
 */
async function stopSealing(session: Session): Promise<boolean> {
  const stopped = await session.query(`
    SELECT audit_sealing_stopped('restore', newest.note, now())
    FROM (SELECT note FROM audit_checkpoints ORDER BY generation DESC, size DESC LIMIT 1) newest`);
  return stopped.length > 0;
}

/** Migrates to the schema of the backup; later migrations are applied to the restored rows. */
async function migrateTo(session: Session, migrations: readonly Migration[], header: Header): Promise<void> {
  pendingMigrations(migrations, header.migrations);
  const names = new Set(header.migrations.map(({ name }) => name));
  await applyWithin(
    session,
    migrations.filter(({ name }) => names.has(name)),
  );
}

/** Checks that the keys open the restored data. */
async function requireSound(session: Session, { FIELD_KEYS, INDEX_KEY }: RestoreRequest['secrets']): Promise<void> {
  const format: BoxFormat = { state: 'bound' };
  const cipher = createFieldCipher({ ring: parseFieldKeys(FIELD_KEYS), format });
  await requireKnownKeys(driverWithin(session), { cipher, index: createBlindIndex(INDEX_KEY), format });
}

async function takeLines(
  lines: AsyncIterable<string>,
  loader: TableLoader,
  files: FileRestorer,
): Promise<BackupCounts> {
  const counts = { tables: 0, rows: 0, files: 0 };
  let table: { readonly name: string; readonly columns: readonly string[]; taken: number } | undefined;
  let batch: string[] = [];
  let characters = 0;
  const flush = async () => {
    if (table !== undefined && batch.length > 0) await loader.load(table.name, table.columns, batch);
    batch = [];
    characters = 0;
  };
  for await (const line of lines) {
    if (line.startsWith('[')) {
      if (table === undefined) throw new ArchiveRefused('the archive is not in order: a row without a table');
      batch.push(line);
      characters += line.length;
      table.taken += 1;
      if (batch.length >= BATCH_ROWS || characters >= BATCH_CHARACTERS) await flush();
      continue;
    }
    const section = readSection(line);
    if ('table' in section) {
      table = { name: section.table, columns: section.columns, taken: 0 };
    } else if ('tableEnd' in section) {
      await flush();
      if (table?.name !== section.tableEnd || table.taken !== section.rows) {
        throw new ArchiveRefused(`${section.tableEnd} lacks rows in the archive`);
      }
      counts.tables += 1;
      counts.rows += section.rows;
      table = undefined;
    } else if ('sequence' in section) {
      await loader.setSequence(section);
    } else {
      counts.files += await files.take(section);
    }
  }
  return counts;
}
