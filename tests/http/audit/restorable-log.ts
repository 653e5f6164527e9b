/** An audit log whose tables can be restored to an earlier state, beside a witness that answers what a test tells it to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { type AuditedPortal, startAuditedPortal } from './audited-portal.ts';

const TABLES = [
  'audit_events',
  'audit_streams',
  'audit_leaves',
  'audit_tiles',
  'audit_checkpoints',
  'audit_unsealed',
  'audit_log',
];

export interface RestorableLog extends AuditedPortal {
  /** What the witness answers. Default: 404. */
  witnessed: { status: number; note: string };
  /** As the administrator. */
  get(path: string): ReturnType<AuditedPortal['portal']['request']>;
  /** Makes an event: a reading of the administrator's own history. */
  record(): Promise<unknown>;
  /** Makes an event and runs the sealer. @returns how many events it sealed */
  seal(): Promise<number>;
  /** Keeps the state of the tables under a name. */
  backUp(name: string): Promise<void>;
  restore(name: string): Promise<void>;
  /** The newest published checkpoint. */
  published(): Promise<string>;
  verified(): Promise<{ readonly problems: readonly { readonly kind: string; readonly detail: string }[] }>;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
  status(): Promise<any>;
  /** The state of each dependency that `/ready` shows. */
  readiness(): Promise<Readonly<Record<string, string>>>;
}

/** Starts with three sealed batches. */
export async function startRestorableLog(): Promise<RestorableLog> {
  const witness = createServer((_, response) => {
    response.writeHead(log.witnessed.status, { 'Content-Type': 'text/plain' }).end(log.witnessed.note);
  });
  await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
  const { port } = witness.address() as AddressInfo;
  const audited = await startAuditedPortal({ CHECKPOINT_WITNESS_URL: `http://127.0.0.1:${port}/checkpoint` });
  const { portal, admin, asOwner } = audited;
  const get = (path: string) => portal.request('GET', path, { token: admin });
  const log: RestorableLog = {
    ...audited,
    witnessed: { status: 404, note: '' },
    get,
    record: () => get('/api/v1/audit/me'),
    async seal() {
      await log.record();
      return sealAuditLog(portal.deps);
    },
    backUp: (name) => asOwner(TABLES.map((table) => `CREATE TABLE ${name}_${table} AS TABLE ${table}`).join(';')),
    restore: (name) =>
      asOwner(
        TABLES.map(
          (table) => `DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE ${name}_${table}`,
        ).join(';'),
      ),
    published: async () => (await portal.request('GET', '/audit/log/checkpoint')).body,
    verified: async () => (await get('/api/v1/audit/verify')).body,
    status: async () => (await get('/api/v1/audit/status')).body,
    async readiness() {
      portal.clock.advance(61);
      const { body } = await portal.request('GET', '/ready');
      return Object.fromEntries(
        body.dependencies.map((each: { name: string; status: string }) => [each.name, each.status]),
      );
    },
    async close() {
      await audited.close();
      await new Promise((resolve) => witness.close(resolve));
    },
  };
  for (let n = 0; n < 3; n++) await log.seal();
  return log;
}
