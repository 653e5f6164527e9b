/** The settings of the portal of a test. */
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { parseConfig } from '../../src/config.ts';

export function configOf(environment: Readonly<Record<string, string>> = {}) {
  return parseConfig(
    {
      PUBLIC_URL: 'https://portal.example',
      MFA_REQUIRED_ROLES: '',
      RATE_LIMIT_FACTOR: '0',
      DEV_MAILBOX: '1',
      LOG_LEVEL: 'error',
      REQUEST_TIMEOUT_MS: '60000',
      // The scanner of tests stands in for it.
      FILE_SCANNER: 'clamd://127.0.0.1:3310',
      VAPID_PUBLIC_KEY: 'BIftf0QWT3iaKKI66gNy6Pg867IsGN2Pedu7YK6MSrQeZM3u84zAw37I9G1iXv5L7EospaQW65G7aXBbh_uiyig',
      VAPID_PRIVATE_KEY: 'Ug68ar-mFOlsZ_gPrIXd1Zy2FHc6RgBva_oyuFpyPPY',
      VAPID_SUBJECT: 'mailto:it@portal.example',
      ...environment,
    },
    'deno',
  );
}

/** With keys of this test's own, where the test has set none. */
export async function withKeys(config: ReturnType<typeof configOf>) {
  return {
    ...config,
    PUBLIC_URL: config.PUBLIC_URL ?? '',
    TOKEN_KEYS: config.TOKEN_KEYS ?? JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: config.FIELD_KEYS ?? JSON.stringify([generateFieldKey('test')]),
    INDEX_KEY: config.INDEX_KEY ?? generateIndexKey(),
    CHECKPOINT_KEYS: config.CHECKPOINT_KEYS ?? JSON.stringify([generateCheckpointSeed()]),
  };
}
