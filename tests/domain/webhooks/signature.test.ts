import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inUse, newWebhookSecret, signature, signedHeaders } from '../../../domain/webhooks/signature.ts';
import { sized } from '../../support/size.ts';

/** The example of the specification and of its libraries (standard-webhooks, `libraries/*`). */
test('signs as the published example of Standard Webhooks', () => {
  expect(
    signature(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1614265330,
      '{"test": 2432232314}',
    ),
  ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

const NOW = Date.parse('2026-03-02T12:00:00.900Z');
const bytes = (fill: number) => new Uint8Array(32).fill(fill);

test('signs any body as node:crypto does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), fc.string(), (key, id, body) => {
      const expected = createHmac('sha256', key).update(`${id}.1772452800.${body}`).digest('base64');
      expect(signature(newWebhookSecret(key), id, 1772452800, body)).toBe(`v1,${expected}`);
    }),
    { numRuns: sized(1000) },
  );
});

test('a secret has 32 bytes behind its prefix, and is refused fewer', () => {
  const secret = newWebhookSecret(bytes(7));
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(Buffer.from(secret.slice(6), 'base64')).toEqual(Buffer.from(bytes(7)));
  expect(() => newWebhookSecret(new Uint8Array(31))).toThrow(RangeError);
});

test('signs with each secret that is in use, the current one first, and in whole seconds', () => {
  const secrets = [
    { secret: newWebhookSecret(bytes(1)), until: null },
    { secret: newWebhookSecret(bytes(2)), until: NOW + 1 },
    { secret: newWebhookSecret(bytes(3)), until: NOW },
  ];
  const headers = signedHeaders(secrets, 'event', '{}', NOW);
  expect(headers['webhook-timestamp']).toBe('1772452800');
  expect(headers['webhook-id']).toBe('event');
  expect(headers['webhook-signature'].split(' ')).toEqual(
    secrets.slice(0, 2).map(({ secret }) => signature(secret, 'event', 1772452800, '{}')),
  );
  expect(inUse(secrets, NOW + 1)).toEqual(secrets.slice(0, 1));
});
