/** Resolves names as the system does, on Deno and Node. */
import { lookup } from 'node:dns/promises';
import type { ResolveHost } from './http-transport.ts';

const TIMEOUT_MS = 3_000;

export const resolveHost: ResolveHost = async (host) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([]), TIMEOUT_MS);
  });
  const found = lookup(host, { all: true }).then(
    (addresses) => addresses.map(({ address }) => address),
    () => [],
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
};
