/** The behaviour of every verifier of queue callbacks (R47). */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CallbackVerifier } from '../../domain/shared/ports.ts';

export interface CallbackVerifierUnderTest {
  readonly verifier: CallbackVerifier;
  /** A genuine signature of the queue. */
  sign(body: string, url: string): Promise<string>;
}

export function describeCallbackVerifier(name: string, start: () => Promise<CallbackVerifierUnderTest>): void {
  describe(`R47: callback verifier: ${name}`, () => {
    const url = 'https://portal.example.org/api/v1/callbacks/qstash/reminder';
    const body = '{"id":"ü-1"}';
    let verifier: CallbackVerifier;
    let signature: string;
    beforeEach(async () => {
      const under = await start();
      verifier = under.verifier;
      signature = await under.sign(body, url);
    });

    test('a genuine callback is accepted each time it arrives', async () => {
      expect(await verifier.verify({ signature, body, url })).toBe(true);
      expect(await verifier.verify({ signature, body, url })).toBe(true);
    });

    test.each([
      ['another body', { body: '{"id":"ü-2"}' }],
      ['a space more', { body: `${body} ` }],
      ['no body', { body: '' }],
      ['another path', { url: `${url}s` }],
      ['a slash more', { url: `${url}/` }],
      ['a query', { url: `${url}?x=1` }],
      ['another host', { url: url.replace('portal', 'evil') }],
      ['plain http', { url: url.replace('https', 'http') }],
      ['no signature', { signature: '' }],
      ['nonsense for a signature', { signature: 'a.b.c' }],
      ['dots for a signature', { signature: '..' }],
      ['bytes for a signature', { signature: '\u0000é🩺' }],
    ])('%s is refused', async (_, change) => {
      expect(await verifier.verify({ signature, body, url, ...change })).toBe(false);
    });

    test('no part of the signature can be changed', async () => {
      for (let i = 0; i < signature.length; i++) {
        // The last character of each segment may contain unused bits.
        if (i === signature.length - 1 || signature[i + 1] === '.' || signature[i] === '.') continue;
        const changed = signature.slice(0, i) + (signature[i] === 'A' ? 'B' : 'A') + signature.slice(i + 1);
        expect(await verifier.verify({ signature: changed, body, url }), `character ${i}`).toBe(false);
      }
    });
  });
}
