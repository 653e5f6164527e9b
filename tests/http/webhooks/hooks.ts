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
