/**
 * What checking an access token costs a request in CPU time, all threads of the process together: a token that is new to
 * the process, one that it has seen before, and one checked by jose, as all were before.
 *
 *     npm run bench:tokens                                                    under Node
 *     deno run -A --config deno.json bench/tokens.ts                          under Deno
 */
import process from 'node:process';
import { compactVerify } from 'jose';
import { createAccessTokens } from '../adapters/crypto/access-tokens.ts';
import { generateTokenKey } from '../adapters/crypto/token-keys.ts';

const TOKENS = 2_000;
const ROUNDS = 5;
const NOW = Date.now();

const key = await generateTokenKey();
const claims = {
  sub: '019a0000-0000-7000-8000-000000000001',
  sid: '019a0000-0000-7000-8000-000000000002',
  role: 'patient',
  permissions: ['read:own_profile', 'write:own_profile', 'read:own_appointments', 'write:own_appointments'],
  amr: ['pwd', 'otp'],
  auth_time: Math.floor(NOW / 1000),
};
const signer = createAccessTokens({ keys: [key] });
const tokens = await Promise.all(Array.from({ length: TOKENS }, () => signer.sign(claims, NOW, 900)));
const publicKey = { kty: key.kty, crv: key.crv, x: key.x };

async function microseconds(check: (token: string) => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage();
  for (const token of tokens) await check(token);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / TOKENS;
}

type Way = 'jose' | 'new to the process' | 'seen before';
const times: Record<Way, number[]> = { jose: [], 'new to the process': [], 'seen before': [] };
// The ways take turns, so that all meet the same machine. The first round warms up.
for (let round = 0; round <= ROUNDS; round++) {
  const verifier = createAccessTokens({ keys: [key] });
  const own = (token: string) => verifier.verify(token, NOW);
  const took: Record<Way, number> = {
    jose: await microseconds((token) => compactVerify(token, publicKey, { algorithms: ['EdDSA'] })),
    'new to the process': await microseconds(own),
    'seen before': await microseconds(own),
  };
  if (round > 0) for (const way of Object.keys(times) as Way[]) times[way].push(took[way]);
}

/** The least disturbed round. */
const best = (way: Way) => Math.min(...times[way]);
for (const way of Object.keys(times) as Way[]) {
  const ratio = best('jose') / best(way);
  console.log(`${way.padEnd(22)} ${best(way).toFixed(1).padStart(8)} µs   ${ratio.toFixed(1).padStart(6)} × jose`);
}
