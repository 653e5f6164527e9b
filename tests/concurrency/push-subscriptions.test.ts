/** Devices that are registered at the same time. */
import { expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { browserBody } from '../support/push-devices.ts';
import { atOnce, onServer, statuses } from './on-server.ts';

onServer('push subscriptions', {}, (server) => {
  const register = (token: string, device: object) =>
    server.portal.request('POST', '/api/v1/notifications/push-subscriptions', { token, body: device });

  test('a page that registers its device in many tabs at once has one, and its owner is told once', async () => {
    const { id, token } = await server.signedIn('patient', 'tabs');
    // The first requests of a process take longer, and would come one after another.
    await atOnce(10, () => register(token, {}));
    const device = browserBody('tabs');
    const replies = await atOnce(20, () => register(token, device));
    expect(statuses(replies)).toEqual([...Array(19).fill(200), 201]);
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    const [told] = await server.rows(sql`SELECT count(*)::int AS count FROM notifications
      WHERE user_id = ${id}::uuid AND template = 'credential-made'`);
    expect(told?.count).toBe(1);
  });
});
