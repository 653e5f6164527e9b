import { test } from 'vitest';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { createApp } from '../../src/http/app.ts';
import { startPortal } from '../support/portal.ts';
import { testDatabase } from '../support/test-database.ts';

const cpu = async (name: string, n: number, f: () => unknown) => {
  await f();
  const c = process.cpuUsage();
  const t = performance.now();
  for (let i = 0; i < n; i++) await f();
  const d = process.cpuUsage(c);
  console.log(
    name,
    'cpu',
    ((d.user + d.system) / 1000 / n).toFixed(1),
    'wall',
    ((performance.now() - t) / n).toFixed(1),
  );
};
test('measure', async () => {
  await cpu('createApp', 5, () => createApp());
  await cpu('tokenKey', 5, () => generateTokenKey());
  await cpu('testDatabase', 5, async () => (await testDatabase()).driver.close());
  await cpu('portal', 5, async () => (await startPortal()).close());
  await cpu('portal+3 people', 5, async () => {
    const p = await startPortal();
    await p.person('patient', 'a');
    await p.person('doctor', 'b');
    await p.person('admin', 'c');
    await p.close();
  });
  await cpu('portal+3 people+signin', 5, async () => {
    const p = await startPortal();
    for (const r of ['patient', 'doctor', 'admin'] as const) {
      const { email } = await p.person(r, r);
      await p.signIn(email);
    }
    await p.close();
  });
  const p = await startPortal();
  const { email } = await p.person('patient', 'x');
  await cpu('signIn', 10, () => p.signIn(email));
  const token = await p.signIn(email);
  await cpu('GET me', 10, () => p.request('GET', '/api/v1/users/me', { token }));
});
