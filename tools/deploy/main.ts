/**
 * Deploys the Worker gradually: 10 %, 50 %, then all requests. After each share it watches what failed and walks the smoke journey;
 * a version that fails is taken back. Exits with 1 if it was.
 *
 *     CLOUDFLARE_ACCOUNT_ID=… CLOUDFLARE_API_TOKEN=… SMOKE_EMAIL=… SMOKE_PASSWORD=… node tools/deploy/main.ts production https://portal.example
 *
 * `STAGE_MINUTES` is how long each share is watched (default 10). The journey meets both versions by chance; with all requests it meets the new one.
 */
import { argv, env, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { smoke } from '../smoke.ts';
import { cloudflarePorts } from './cloudflare.ts';
import { rollOut } from './rollout.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LOOK_MS = 60_000;
const [, , environment, baseUrl] = argv;
const {
  CLOUDFLARE_ACCOUNT_ID: accountId,
  CLOUDFLARE_API_TOKEN: apiToken,
  SMOKE_EMAIL: email,
  SMOKE_PASSWORD: password,
} = env;
const stageMinutes = Number(env.STAGE_MINUTES ?? 10);

if (!environment || !baseUrl || !accountId || !apiToken || !email || !password || !(stageMinutes > 0)) {
  console.error(
    'Give the environment and the address, and set CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN, SMOKE_EMAIL and SMOKE_PASSWORD.',
  );
  exit(2);
}

const smokeOptions = {
  ...{ baseUrl, email, password, now: Date.now, tell: () => {} },
  ...{ totpSecret: env.SMOKE_TOTP_SECRET || undefined, doctorId: env.SMOKE_DOCTOR_ID || undefined },
};
const outcome = await rollOut(
  {
    ...cloudflarePorts({
      ...{ environment, accountId, apiToken, script: `patient-portal-${environment}` },
      wrangler: [process.execPath, `${ROOT}node_modules/wrangler/bin/wrangler.js`],
    }),
    smoke: () =>
      smoke(smokeOptions).then(
        () => null,
        (error: Error) => error.message,
      ),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: Date.now,
    tell: console.log,
  },
  { lookMs: LOOK_MS, stageMs: stageMinutes * 60_000 },
);
console.log(outcome.kind === 'deployed' ? `Deployed ${outcome.version}.` : `Taken back: ${outcome.reason}`);
if (outcome.kind === 'rolled_back') exit(1);
