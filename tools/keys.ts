/** Prints new keys for a deployment, one line per setting. Nothing is stored. */
import { generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../adapters/crypto/token-keys.ts';

/** The id of a new key is the month in which it was made, because a ring grows by rotation. */
const month = new Date().toISOString().slice(0, 7);

console.log(`TOKEN_KEYS=${JSON.stringify([await generateTokenKey()])}`);
console.log(`FIELD_KEYS=${JSON.stringify([generateFieldKey(month)])}`);
console.log(`INDEX_KEY=${generateIndexKey()}`);
console.log(`CHECKPOINT_KEYS=${JSON.stringify([generateCheckpointSeed()])}`);
