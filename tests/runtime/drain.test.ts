import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PortalProcess, startProcess } from './deno-process.ts';
import { preparedFolder } from './prepared-folder.ts';

describe('a process that is asked to stop', () => {
  let dataDir: string;
  let portal: PortalProcess;
  beforeAll(async () => {
    dataDir = await preparedFolder('portal-drain-');
    portal = await startProcess({ DATA_DIR: dataDir, DEMO: '0', DRAIN_SECONDS: '3' });
  });
  afterAll(async () => {
    await portal.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const statusOf = async (path: string) => (await fetch(`${portal.url}${path}`)).status;

  test('R81: refuses traffic first and answers meanwhile, and incomplete requests do not delay it', async () => {
    expect(await statusOf('/health/traffic')).toBe(200);
    const { port } = new URL(portal.url);
    const slow = connect({ port: Number(port), host: '127.0.0.1' });
    slow.on('error', () => {});
    slow.write(
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n123456789',
    );

    const stopped = portal.stop();
    await expect.poll(() => statusOf('/health/traffic'), { timeout: 3_000 }).toBe(503);
    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/api/v1')).toBe(200);
    expect(await stopped).toBe(0);
    expect(portal.output()).toContain('Stopped.');
    slow.destroy();

    // The next process can lock the data folder.
    portal = await startProcess({ DATA_DIR: dataDir, DEMO: '0' });
    expect(await statusOf('/health/traffic')).toBe(200);
  });
});
