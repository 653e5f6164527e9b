/** The variables of the Worker over the local cloud: the same as in production. */
import { mkdir } from 'node:fs/promises';
import { type Secrets, storedSecrets } from '../src/compose/secrets.ts';
import { type Cloud, LOCAL_CREDENTIALS } from './cloud/cloud.ts';

/** The public password of the application's role on the local server. */
export const LOCAL_APP_PASSWORD = 'local-app-role';

/** Generated once, because each run must open what earlier runs sealed. */
export async function localSecrets(folder: string): Promise<Secrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return storedSecrets(folder);
}

/**
 * @param databaseUrl the database behind the stand-in of Neon, as its owner
 * @param publicUrl the URL of the Worker
 */
export function edgeVariables(
  cloud: Cloud,
  databaseUrl: string,
  publicUrl: string,
  secrets: Secrets,
): Record<string, string> {
  const asApplication = new URL(databaseUrl);
  asApplication.username = 'patient_portal_app';
  asApplication.password = LOCAL_APP_PASSWORD;
  return {
    APP_ENV: 'development',
    PUBLIC_URL: publicUrl,
    DATABASE_URL: asApplication.href,
    // The stand-ins and a cold Worker on one machine are slower than the real services.
    REQUEST_TIMEOUT_MS: '30000',
    NEON_ENDPOINT: `${cloud.neon.url}/sql`,
    UPSTASH_REDIS_REST_URL: cloud.upstash.url,
    UPSTASH_REDIS_REST_TOKEN: LOCAL_CREDENTIALS.upstashToken,
    QSTASH_URL: cloud.qstash.url,
    QSTASH_TOKEN: LOCAL_CREDENTIALS.qstashToken,
    QSTASH_CURRENT_SIGNING_KEY: LOCAL_CREDENTIALS.qstashSigningKeys.current,
    QSTASH_NEXT_SIGNING_KEY: LOCAL_CREDENTIALS.qstashSigningKeys.next,
    SENDGRID_URL: cloud.sendgrid.url,
    SENDGRID_API_KEY: LOCAL_CREDENTIALS.sendgridKey,
    MAIL_FROM: 'portal@clinic.example',
    ...cloud.push.settings(),
    ...secrets,
  };
}
