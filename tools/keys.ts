/** Prints fresh keys for a deployment, one line each, as its settings hold them. Nothing is stored. */
import { generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../adapters/crypto/token-keys.ts';

/** Named by the month they were made in: a ring grows by rotation. */
const month = new Date().toISOString().slice(0, 7);

console.log(`TOKEN_KEYS=${JSON.stringify([await generateTokenKey()])}`);
console.log(`FIELD_KEYS=${JSON.stringify([generateFieldKey(month)])}`);
console.log(`INDEX_KEY=${generateIndexKey()}`);
console.log(`CHECKPOINT_KEYS=${JSON.stringify([generateCheckpointSeed()])}`);
