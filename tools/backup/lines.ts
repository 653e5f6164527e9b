/** The format of the lines of an archive. */
import { z } from 'zod';
import { ArchiveRefused } from './archive.ts';

const header = z.object({
  format: z.literal('patient-portal-backup'),
  version: z.literal(1),
  /** Identifies the backup and the archive of its secrets. */
  id: z.string(),
  createdAt: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })).min(1),
});

const secrets = z.object({
  format: z.literal('patient-portal-secrets'),
  version: z.literal(1),
  /** Id of the backup whose data these secrets open. */
  id: z.string(),
  createdAt: z.string(),
  secrets: z.object({
    TOKEN_KEYS: z.string(),
    FIELD_KEYS: z.string(),
    INDEX_KEY: z.string(),
    CHECKPOINT_KEYS: z.string(),
  }),
});

/** The sections after the header. Lines that are arrays are rows of the table section before them. */
const section = z.union([
  z.object({ table: z.string(), columns: z.array(z.string()) }),
  z.object({ tableEnd: z.string(), rows: z.number() }),
  z.object({ sequence: z.string(), value: z.string(), called: z.boolean() }),
  z.object({ file: z.string() }),
  z.object({ bytes: z.string() }),
  z.object({ fileEnd: z.string(), sha256: z.string() }),
]);

export type Header = z.infer<typeof header>;
export type SecretsArchive = z.infer<typeof secrets>;
export type Section = z.infer<typeof section>;

function read<T>(schema: z.ZodType<T>, line: string | undefined, what: string): T {
  const parsed = schema.safeParse(line === undefined ? undefined : JSON.parse(line));
  if (!parsed.success) throw new ArchiveRefused(`this is not ${what} that this version of the portal can read`);
  return parsed.data;
}

export const readHeader = (line: string | undefined): Header => read(header, line, 'an archive of data');
export const readSecretsLine = (line: string | undefined): SecretsArchive =>
  read(secrets, line, 'an archive of secrets');
export const readSection = (line: string): Section => read(section, line, 'an archive of data');
