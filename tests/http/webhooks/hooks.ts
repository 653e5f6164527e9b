/** A clinic with a webhook whose receiver is on this machine. */
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Reply } from '../../support/portal.ts';
import { type Receiver, startReceiver } from '../../support/webhook-receiver.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

export interface Hooks {
  readonly clinic: Clinic;
  readonly receiver: Receiver;
  /** Requests of an administrator who has just signed in. */
  post(path: string, body?: object, headers?: Record<string, string>): Promise<Reply>;
  get(path: string): Promise<Reply>;
  /** Adds a webhook, by default to the receiver and for booked appointments. */
  add(settings?: object): Promise<{ readonly id: string; readonly secret: string }>;
  /** Books the next free time. */
  book(): Promise<{ readonly id: string }>;
  /** The last job that sends an event. */
  jobOf(): Promise<{ readonly id: string; readonly state: string }>;
  /** Removes all webhooks, with their deliveries. */
  clear(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
  deliveries(id: string, query?: string): Promise<any[]>;
  close(): Promise<void>;
}

export async function startHooks(): Promise<Hooks> {
  const receiver = await startReceiver();
  const clinic = await startClinic({ environment: { WEBHOOKS_ALLOW_LOCALHOST: '1' } });
  const { admin, portal } = clinic;
  const signedIn = () => portal.signIn(admin.email);
  const post: Hooks['post'] = async (path, body, headers) => clinic.post(path, await signedIn(), body, headers);
  const get: Hooks['get'] = async (path) => clinic.get(path, await signedIn());
  return {
    post,
    get,
    clinic,
    receiver,
    async add(settings = {}) {
      const body = { url: receiver.url, eventTypes: ['appointment.booked'], ...settings };
      const made = await post('/admin/webhooks', body);
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      return made.body;
    },
    ...bookings(clinic),
    async clear() {
      await portal.driver.run(
        [
          sql`DELETE FROM webhook_endpoints`,
          sql`DELETE FROM webhook_events`,
          sql`DELETE FROM outbox WHERE topic = 'webhook.deliver'`,
        ],
        'write',
      );
      receiver.clear();
    },
    async deliveries(id, query = '') {
      return (await get(`/admin/webhooks/${id}/deliveries${query}`)).body.data;
    },
    async close() {
      await clinic.portal.close();
      await receiver.close();
    },
  };
}

function bookings({ portal, maria, book }: Clinic): Pick<Hooks, 'book' | 'jobOf'> {
  let booked = 0;
  return {
    async book() {
      const day = `2026-03-${16 + Math.floor(booked / 16)}`;
      const time = `${String(9 + Math.floor((booked % 16) / 2)).padStart(2, '0')}:${booked % 2 ? '30' : '00'}`;
      booked += 1;
      const made = await book(await portal.signIn(maria.email), time, { appointmentDate: day });
      if (made.status !== 201) throw new Error(JSON.stringify(made.body));
      return made.body;
    },
    async jobOf() {
      const [rows = []] = await portal.driver.run(
        [sql`SELECT id, state FROM outbox WHERE topic = 'webhook.deliver' ORDER BY created_at DESC, id DESC LIMIT 1`],
        'read',
      );
      return rows[0] as { id: string; state: string };
    },
  };
}
