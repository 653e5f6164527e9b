/** Verifies QStash signatures: a JWT over destination and body, by the current signing key or the next (R47). */
import type { CallbackVerifier } from '../../domain/shared/ports.ts';

export interface QStashSigningKeys {
  readonly current: string;
  readonly next: string;
}

const CLOCK_TOLERANCE_SECONDS = 5;

/** @throws TypeError if a key is empty, because the vendor's code would then read keys from the environment */
export function qstashCallbackVerifier(keys: QStashSigningKeys): CallbackVerifier {
  if (keys.current === '' || keys.next === '') throw new TypeError('both QStash signing keys are needed');
  const load = async () => {
    const { Receiver } = await import('@upstash/qstash');
    return new Receiver({
      currentSigningKey: keys.current,
      nextSigningKey: keys.next,
      // Otherwise QSTASH_DEV in the environment would make it accept a published key.
      devMode: false,
    });
  };
  return {
    async verify({ signature, body, url }) {
      if (!isExpectedShape(signature)) return false;
      const receiver = await load();
      try {
        return await receiver.verify({ signature, body, url, clockTolerance: CLOCK_TOLERANCE_SECONDS });
      } catch {
        // The receiver throws for every kind of wrong signature, and does no I/O that could fail.
        return false;
      }
    },
  };
}

/** Checks what the vendor's receiver does not: the HMAC algorithm, and that the token has an end. */
function isExpectedShape(signature: string): boolean {
  const [header, claims] = signature.split('.', 2).map(decodeSegment);
  return header?.alg === 'HS256' && typeof claims?.exp === 'number' && typeof claims.nbf === 'number';
}

function decodeSegment(segment: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(atob(segment.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
