/**
 * `npm run backup`: writes the data into one encrypted archive, and the secrets that open it into another. See
 * docs/self-hosting.md.
 */
import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { Draft } from './backup/archive.ts';
import { type BackupCounts, backUp, backUpSecrets } from './backup/back-up.ts';
import { lockOf, openTarget, runCommand, UsageRefused } from './backup/command.ts';

const HELP = `Backs up a portal: the database and the files in one archive, the secrets in a second one.

Usage: npm run backup -- --out FILE --secrets-out FILE [--to RECIPIENT]... [--secrets-to RECIPIENT]...
       npm run backup -- --new-identity FILE

  --out FILE            The archive of the data
  --secrets-out FILE    The archive of the secrets, in another folder: whoever has both, and can open them, can read
                        everything. Keep them apart
  --without-secrets     Leaves them out, where they are kept elsewhere
  --to RECIPIENT        Who can open the archive: an age public key (age1…). May be repeated. Without one,
                        BACKUP_PASSPHRASE is the passphrase, of 16 characters or more
  --secrets-to RECIPIENT  Who can open the secrets. Default: as --to
  --new-identity FILE   Makes a key pair: writes the identity, which opens archives, and shows its recipient

Settings are read from the environment, as the portal reads them; MIGRATION_DATABASE_URL is the database's owner. With
DATABASE_URL the portal may go on; the embedded one is stopped first.`;

await runCommand(HELP, async (given) => {
  const { values } = parseArgs({
    args: given,
    options: {
      help: { type: 'boolean', short: 'h' },
      out: { type: 'string' },
      'secrets-out': { type: 'string' },
      'without-secrets': { type: 'boolean' },
      to: { type: 'string', multiple: true },
      'secrets-to': { type: 'string', multiple: true },
      'new-identity': { type: 'string' },
    },
  });
  if (values.help === true) return HELP;
  if (values['new-identity'] !== undefined) return newIdentity(values['new-identity']);
  const { out, 'secrets-out': secretsOut, 'without-secrets': withoutSecrets = false } = values;
  if (out === undefined) throw new UsageRefused('--out FILE is missing');
  if ((secretsOut === undefined) !== withoutSecrets) {
    throw new UsageRefused('give one of --secrets-out FILE and --without-secrets');
  }
  if (secretsOut !== undefined && dirname(resolve(secretsOut)) === dirname(resolve(out))) {
    throw new UsageRefused('--secrets-out lies beside --out: name another folder, best on another machine');
  }
  const lock = lockOf(values.to, process.env.BACKUP_PASSPHRASE);
  const secretsLock = lockOf(values['secrets-to'] ?? values.to, process.env.BACKUP_PASSPHRASE);
  const named = { id: crypto.randomUUID(), createdAt: new Date().toISOString() };
  const target = await openTarget('backup');
  try {
    const drafts =
      secretsOut === undefined ? [] : [await backUpSecrets(secretsOut, secretsLock, target.secrets(), named)];
    const counts = await keepAll(drafts, () =>
      backUp({ ...named, session: target.session, files: target.files, out, lock }),
    );
    const secretsLine = secretsOut === undefined ? 'Secrets were left out.' : `Secrets: ${secretsOut}`;
    return [
      `Backup ${named.id}: ${counts.rows} rows of ${counts.tables} tables, ${counts.files} files.`,
      `Data:    ${out}`,
      secretsLine,
    ].join('\n');
  } finally {
    await target.close();
  }
});

/** Both archives are renamed to their final names, or neither is. */
async function keepAll(secrets: readonly Draft[], backUpData: () => ReturnType<typeof backUp>): Promise<BackupCounts> {
  try {
    const { draft, counts } = await backUpData();
    for (const each of [draft, ...secrets]) await each.keep();
    return counts;
  } catch (error) {
    for (const each of secrets) await each.discard();
    throw error;
  }
}

async function newIdentity(path: string): Promise<string> {
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  await writeFile(path, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx' });
  return `The identity is in ${path}: keep it where the backups are not. Its recipient, for --to:\n${recipient}`;
}
