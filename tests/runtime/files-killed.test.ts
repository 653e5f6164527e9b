/** A server that is killed between bytes and rows, at each step: after the next sweep storage and tables tell of the same files. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keysInBucket, keysInFolder } from '../support/file-places.ts';
import { freshDatabase } from '../support/postgres.ts';
import { hasS3Server, type S3Server, s3Reason, startS3Server } from '../support/s3-server.ts';
import { databaseUrl } from '../tools/services.ts';
import { mailbox, type PortalProcess, startProcess } from './deno-process.ts';
import { type Death, type FatalProxy, startFatalProxy } from './fatal-proxy.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const PATIENT = { email: 'maria@clinic.example', password: 'a quiet river at dawn 9' };
const TEXT = 'Haemoglobin 14.1 g/dl\n';
const LONG = 60_000;

/**
 * What a person does, and after or before which of its batches the server dies: before one where bytes were stored or deleted since the
 * one before it.
 */
interface Deed {
  readonly name: string;
  readonly deaths: readonly Death[];
  readonly run: (client: Client) => Promise<void>;
}

type Client = (method: string, path: string, body?: BodyInit, headers?: Record<string, string>) => Promise<Response>;

const begun = async (client: Client) => {
  const file = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: TEXT.length, fileType: 'other' };
  const answer = await client('POST', '/files', JSON.stringify(file), { 'Content-Type': 'application/json' });
  return (await answer.json()) as { readonly id: string; readonly uploadUrl: string };
};
const append = (client: Client, id: string, text: string, offset: number, isLast: string) =>
  client('PATCH', `/files/${id}/upload`, text, {
    'Content-Type': 'application/partial-upload',
    'Upload-Offset': `${offset}`,
    'Upload-Complete': isLast,
  });
const form = () => {
  const fields = new FormData();
  fields.set('fileType', 'other');
  fields.set('file', new Blob([TEXT], { type: 'text/plain' }), 'a.txt');
  return fields;
};

const before = (nth: number): Death => ({ nth, when: 'before' });
const after = (nth: number): Death => ({ nth, when: 'after' });

const DEEDS: readonly Deed[] = [
  {
    name: 'a form',
    deaths: [after(0), before(1), after(1)],
    run: async (client) => void (await client('POST', '/files/upload', form())),
  },
  {
    name: 'a direct upload',
    deaths: [after(0), after(1), before(2), after(2), after(3)],
    async run(client) {
      const { id, uploadUrl } = await begun(client);
      const { pathname, search } = new URL(uploadUrl);
      await client('PUT', `${pathname}${search}`.replace('/api/v1', ''), TEXT);
      await client('POST', `/files/${id}/complete`);
    },
  },
  {
    name: 'an upload in two pieces',
    deaths: [after(1), before(2), after(2), before(4), after(4), before(5), after(5), after(6)],
    async run(client) {
      const { id } = await begun(client);
      await append(client, id, TEXT.slice(0, 5), 0, '?0');
      await append(client, id, TEXT.slice(5), 5, '?1');
    },
  },
  {
    name: 'an upload that is cancelled',
    deaths: [after(3)],
    async run(client) {
      const { id } = await begun(client);
      await append(client, id, TEXT.slice(0, 5), 0, '?0');
      await client('DELETE', `/files/${id}/upload`);
    },
  },
];

/** @returns the `Authorization` of a patient, whom the administrator has invited */
async function signedInPatient(url: string): Promise<string> {
  const send = async (path: string, body: object, authorization?: string) => {
    const headers = { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) };
    const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };
  const signIn = async (account: object) => {
    const { accessToken } = (await (await send('/auth/login', account)).json()) as { accessToken: string };
    return `Bearer ${accessToken}`;
  };
  const person = { email: PATIENT.email, firstName: 'Maria', lastName: 'Example', role: 'patient', timezone: 'UTC' };
  await send('/users', person, await signIn(ADMIN));
  let token: string | undefined;
  while (token === undefined) token = (await mailbox(url, PATIENT.email))[0]?.codes[0];
  await send('/auth/accept-invitation', { token, password: PATIENT.password });
  return signIn(PATIENT);
}

const PLACES: readonly (readonly [name: string, isThere: boolean, usesS3: boolean])[] = [
  ['a folder', true, false],
  [`S3${s3Reason}`, hasS3Server, true],
];

describe.skipIf(databaseUrl === undefined).each(PLACES.filter(([, isThere]) => isThere))(
  'R40: killed over %s',
  (_, __, usesS3) => {
    let folder: string;
    let bucket: S3Server | undefined;
    let proxy: FatalProxy;
    let owner: pg.Client;
    let drop: () => Promise<void>;
    let settings: Record<string, string>;
    let portal: PortalProcess;
    let authorization: string;

    beforeAll(async () => {
      folder = await mkdtemp(`${tmpdir()}/files-killed-`);
      bucket = usesS3 ? await startS3Server() : undefined;
      const database = await freshDatabase({ migrated: true });
      drop = database.drop;
      owner = new pg.Client(database.url);
      await owner.connect();
      const url = new URL(database.url);
      proxy = await startFatalProxy({ host: url.hostname, port: Number(url.port) });
      url.port = `${proxy.port}`;
      settings = {
        DATA_DIR: folder,
        DATABASE_URL: url.href,
        // The proxy reads the statements of each batch.
        DATABASE_PREPARED_STATEMENTS: '0',
        RATE_LIMIT_FACTOR: '0',
        FILE_SCANNER: 'none',
        DEV_MAILBOX: '1',
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        MFA_REQUIRED_ROLES: '',
        ...(bucket === undefined ? {} : { S3_URL: `http://S3RVER:S3RVER@127.0.0.1:${bucket.port}/files` }),
      };
      portal = await startProcess(settings);
      authorization = await signedInPatient(portal.url);
    }, LONG);
    afterAll(async () => {
      await portal?.kill();
      proxy?.close();
      await owner?.end();
      await drop?.();
      await bucket?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const client: Client = (method, path, body, headers = {}) =>
      fetch(`${portal.url}/api/v1${path}`, {
        method,
        headers: { Authorization: authorization, ...headers },
        ...(body === undefined ? {} : { body }),
      });

    /** @returns whether the server died where it was to die */
    async function killedAt(death: Death, work: () => Promise<void>): Promise<boolean> {
      let killed: Promise<void> | undefined;
      proxy.arm(death, () => {
        killed = portal.kill();
      });
      await work().catch(() => undefined);
      await killed;
      return killed !== undefined;
    }

    /** The keys of the objects that are stored. */
    const stored = () => (bucket === undefined ? keysInFolder(`${folder}/files`) : keysInBucket(bucket));

    /** The objects of all complete files, and what waits to be deleted. */
    async function told(): Promise<{ objects: string[]; open: number }> {
      const parts = await owner.query(
        `SELECT 'files/' || file_id || '/' || number || '-' || attempt AS key FROM file_parts JOIN files f ON f.id = file_id
       WHERE f.completed_at IS NOT NULL`,
      );
      const open = await owner.query(
        `SELECT id FROM files WHERE completed_at IS NULL UNION ALL SELECT file_id FROM file_purges
       UNION ALL SELECT id FROM outbox WHERE topic = 'privacy.delete_files' AND state IN ('pending', 'published')`,
      );
      return { objects: parts.rows.map(({ key }) => key as string).sort(), open: open.rowCount ?? 0 };
    }

    const uploading = async () => (await owner.query('SELECT 1 FROM files WHERE completed_at IS NULL')).rowCount ?? 0;

    /** As if the hour of each upload were over. */
    const age = () =>
      owner.query(
        `UPDATE files SET upload_expires_at = upload_expires_at - interval '2 hours' WHERE completed_at IS NULL;
       UPDATE file_purges SET settled_at = settled_at - interval '2 hours';
       UPDATE outbox SET not_before = now(), leased_until = NULL WHERE state = 'pending'`,
      );

    // Where the objects are makes no difference to the steps of an upload: over S3 some of them.
    const deeds = usesS3 ? DEEDS.filter(({ deaths }) => deaths.length <= 3) : DEEDS;
    test.each(deeds.map((deed) => [deed.name, deed] as const))(
      '%s',
      async (_name, deed) => {
        for (const death of deed.deaths) {
          expect([death, await killedAt(death, () => deed.run(client))]).toEqual([death, true]);
          portal = await startProcess(settings);
        }
        proxy.arm(undefined, () => {});
        await deed.run(client);
      },
      4 * LONG,
    );

    test(
      'while what is left of all these is swept: the next server goes on, and in the end storage and tables agree',
      async () => {
        expect((await told()).open).toBeGreaterThan(0);
        expect((await stored()).length).toBeGreaterThan((await told()).objects.length);
        // Each upload that is over is a batch; the last one comes when the bytes are deleted.
        for (const death of [after(0), before((await uploading()) - 1)]) {
          await portal.kill();
          await age();
          // The sweep is the first work of a server.
          const swept = async () => {
            portal = await startProcess(settings);
            await portal.ended;
          };
          expect(await killedAt(death, swept)).toBe(true);
        }
        portal = await startProcess(settings);
        await expect.poll(async () => (await told()).open, { timeout: LONG }).toBe(0);
        const { objects } = await told();
        expect(objects.length).toBeGreaterThanOrEqual(deeds.length - 1);
        expect(await stored()).toEqual(objects);
      },
      4 * LONG,
    );
  },
);
