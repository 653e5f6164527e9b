import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import {
  createCheckpointSigner,
  generateCheckpointSeed,
  parseCheckpointSeeds,
} from '../../adapters/crypto/checkpoint-signer.ts';
import { fromHex, toHex } from '../../domain/shared/bytes.ts';

describe('checkpoint signer', () => {
  it('makes the signature of RFC 8032 section 7.1, test 2', () => {
    const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const signer = createCheckpointSigner({ name: 'portal.example/log', seed });
    expect(toHex(signer.publicKey)).toBe('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    expect(toHex(signer.sign(Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });

  it('makes and reads seeds for its setting', () => {
    const [seed] = parseCheckpointSeeds(JSON.stringify([generateCheckpointSeed()]));
    const signer = createCheckpointSigner({ name: 'log', seed: seed ?? new Uint8Array() });
    const text = new TextEncoder().encode('text\n');
    expect(ed25519.verify(signer.sign(text), text, signer.publicKey)).toBe(true);
    for (const bad of ['', '[]', '["short"]', '[1]'])
      expect(() => parseCheckpointSeeds(bad)).toThrow('checkpoint seed');
  });

  it.each(['', 'two words', 'a+b', 'line\nbreak', 'no\u00a0break'])('refuses the name %j', (name) => {
    expect(() => createCheckpointSigner({ name, seed: new Uint8Array(32) })).toThrow('space');
  });

  it('refuses a seed of another length', () => {
    expect(() => createCheckpointSigner({ name: 'log', seed: new Uint8Array(31) })).toThrow('32 bytes');
  });
});
