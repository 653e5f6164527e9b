/** `npm run restore`: restores a backup into an empty database and an empty DATA_DIR. See docs/self-hosting.md. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { verifyAuditLog } from '../src/app/audit/verify.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { readMigrations } from '../src/compose/open-database.ts';
import { readSecrets, replaceSecrets, type Secrets } from '../src/compose/secrets.ts';
import type { Config } from '../src/config.ts';
import { ArchiveRefused, type Opener } from './backup/archive.ts';
import { type BackupTarget, openTarget, runCommand, UsageRefused } from './backup/command.ts';
import { endedAccessText } from './backup/ended-access.ts';
import { readSecretsArchive, restore } from './backup/restore.ts';

const HELP = `Restores a backup into an empty database and an empty DATA_DIR, and verifies the audit log of what it restored.

Usage: npm run restore -- --from FILE [--secrets FILE] [--identity FILE]... [--nothing-was-published-since]

  --from FILE       The archive of the data
  --secrets FILE    The archive of the secrets of the same backup; they are written into DATA_DIR/secrets.json, and
                    where APP_ENV is not development you copy them into the settings afterwards. Without it the
                    secrets are those that the settings name
  --identity FILE   An age identity that opens the archives; may be repeated. Without one, BACKUP_PASSPHRASE does
  --nothing-was-published-since
                    The audit log goes on under its origin. Only for who knows that no checkpoint was published after the
                    backup, such as when the portal was stopped before it. Without this, sealing stops until a new origin is begun

Sessions, trusted devices and mailed links end, for what was ended after the backup would be valid again: everybody signs in
anew. Messages that waited to be sent are cancelled, except reminders that are not due yet.
Settings are read from the environment, as the portal reads them; MIGRATION_DATABASE_URL is the database's owner.`;

const SEALING_STOPPED =
  'Sealing of the audit log is stopped, because checkpoints may have been published after the backup. Begin a new origin: npm run admin -- audit new-origin. See docs/audit.md.';

await runCommand(HELP, async (given) => {
  const { values } = parseArgs({
    args: given,
    options: {
      help: { type: 'boolean', short: 'h' },
      from: { type: 'string' },
      secrets: { type: 'string' },
      identity: { type: 'string', multiple: true },
      'nothing-was-published-since': { type: 'boolean' },
    },
  });
  if (values.help === true) return HELP;
  if (values.from === undefined) throw new UsageRefused('--from FILE is missing');
  const opener: Opener = {
    identities: await readIdentities(values.identity ?? []),
    passphrase: process.env.BACKUP_PASSPHRASE || undefined,
  };
  if (opener.identities.length === 0 && opener.passphrase === undefined) {
    throw new UsageRefused('give --identity FILE, or set BACKUP_PASSPHRASE');
  }
  const archive = values.secrets === undefined ? undefined : await readSecretsArchive(values.secrets, opener);
  const target = await openTarget('restore');
  if (archive !== undefined) await refuseOtherSecrets(target.config.DATA_DIR, archive.secrets);
  const isNothingPublishedSince = values['nothing-was-published-since'] === true;
  const secrets = archive?.secrets ?? target.secrets();
  const restored = await restore({
    session: target.session,
    migrations: await readMigrations(),
    files: target.files,
    from: values.from,
    opener,
    secrets,
    secretsId: archive?.id,
    isNothingPublishedSince,
    keepSecrets: async () => {
      if (archive !== undefined) await replaceSecrets(target.config.DATA_DIR, archive.secrets);
    },
  }).finally(() => target.closeSession());
  try {
    const { rows, tables, files, header, isSealingStopped } = restored;
    return [
      `Restored the backup ${header.id} of ${header.createdAt}: ${rows} rows of ${tables} tables, ${files} files.`,
      await verified(target, secrets),
      ...(isSealingStopped ? [SEALING_STOPPED] : []),
      ...(archive === undefined ? [] : [whereSecretsAre(target.config, archive.secrets)]),
      ...endedAccessText(),
    ].join('\n');
  } finally {
    await target.close();
  }
});

/** Refuses to overwrite the secrets of another portal, because its data would be lost with them. */
async function refuseOtherSecrets(dataDir: string, restored: Secrets): Promise<void> {
  const differing = Object.entries(await readSecrets(dataDir)).filter(
    ([name, value]) => value !== restored[name as keyof Secrets],
  );
  if (differing.length === 0) return;
  throw new ArchiveRefused(
    `${dataDir}/secrets.json holds other secrets: move it away, or restore into an empty DATA_DIR`,
  );
}

async function readIdentities(paths: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const identities = texts.flatMap((text) => text.split('\n').map((line) => line.trim()));
  return identities.filter((line) => line !== '' && !line.startsWith('#'));
}

/** @throws ArchiveRefused if the audit log does not match its checkpoints */
async function verified({ config }: BackupTarget, secrets: Secrets): Promise<string> {
  const { platform, close } = await composeDeno({
    ...config,
    ...secrets,
    PUBLIC_URL: config.PUBLIC_URL ?? 'http://localhost',
  });
  try {
    const { ok, checked, proven, problems } = await verifyAuditLog(platform.deps, systemContext(platform.deps));
    if (ok) return `The audit log is sound: ${checked} events, ${proven} of them proven by checkpoints.`;
    const told = problems.map(({ kind, detail }) => `  - ${kind}: ${detail}`).join('\n');
    throw new ArchiveRefused(`the data was restored, but its audit log is not valid:\n${told}`);
  } finally {
    await close();
  }
}

function whereSecretsAre(config: Config, restored: Secrets): string {
  const path = `${config.DATA_DIR}/secrets.json`;
  if (config.APP_ENV === 'development') return `The secrets are in ${path}, where the portal finds them.`;
  const names = Object.keys(restored) as (keyof Secrets)[];
  const missing = names.filter((name) => config[name] !== restored[name]);
  const told = `The secrets are in ${path}. With APP_ENV=${config.APP_ENV} the portal reads them from its settings and not from this file`;
  if (missing.length === 0) return `${told}; there they are the same already, and the file may be deleted.`;
  return `${told}: before you start it, set ${missing.join(', ')} there to the values of the file, then delete the file.`;
}
