/**
 * Passwords as scrypt hashes (RFC 7914) in PHC strings, on the native implementation behind `node:crypto`, which Node,
 * Deno and workerd share.
 *
 * A password is hashed as the UTF-8 of its NFC form and otherwise unchanged: it is not trimmed, truncated or
 * case-folded (R1). NFC, because one keyboard sends `é` as one code point and another as two; not NFKC, because that
 * would merge characters that the user sees as different. NIST SP 800-63B-4 section 3.1.1.2 allows either.
 */
import { Buffer } from 'node:buffer';
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { HashingWork, PasswordHasher } from '../../domain/identity/ports.ts';
import { createGate } from './concurrency-gate.ts';

export interface ScryptCost {
  /** log2 of the CPU and memory cost N. */
  readonly ln: number;
  /** Block size. */
  readonly r: number;
  /** Parallelism. */
  readonly p: number;
}

export interface PasswordHasherOptions {
  /** Default N=2^15, r=8, p=3: 32 MiB and about 0.25 s (R3). */
  readonly cost?: ScryptCost;
  /** Default 2: two hashes fit the 128 MB of an isolate. */
  readonly concurrency?: number;
  /** Default 16. */
  readonly maxWaiting?: number;
  /** Default 3000. */
  readonly maxWaitMilliseconds?: number;
}

const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 3 };
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PHC =
  /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/;

interface StoredHash {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Plain scrypt, for the hasher and for the test vectors of the RFC.
 *
 * @throws RangeError if the cost needs more than 64 MiB
 */
export function deriveScrypt(
  password: string | Uint8Array,
  salt: Uint8Array,
  cost: ScryptCost,
  length: number,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: MAX_MEMORY_BYTES };
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/**
 * `verify` throws if the stored string is not a scrypt PHC string: the record is damaged, the password is not wrong.
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const cost = options.cost ?? DEFAULT_COST;
  const concurrency = options.concurrency ?? 2;
  const gated = createGate<HashingWork>({
    service: 'password hashing',
    concurrency,
    // One place is always reserved for sign-ins, and most places that become free go to known clients.
    classes: {
      known: { weight: 4 },
      sign_in: { weight: 2 },
      anonymous: { weight: 1, concurrency: concurrency - 1 },
    },
    maxWaiting: options.maxWaiting ?? 16,
    maxWaitMilliseconds: options.maxWaitMilliseconds ?? 3000,
    leaseMilliseconds: 15_000,
    retryAfterSeconds: 3,
  });
  const derive = (password: string, salt: Uint8Array, at: ScryptCost, length: number) =>
    deriveScrypt(new TextEncoder().encode(password.normalize('NFC')), salt, at, length);
  const hashNow = async (password: string) => {
    const salt = randomBytes(SALT_BYTES);
    return formatPhc({ cost, salt, hash: await derive(password, salt, cost, HASH_BYTES) });
  };
  const dummy: StoredHash = { cost, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

  return {
    hash: (password, work = 'anonymous') => gated(() => hashNow(password), work),

    hashUnlimited: hashNow,

    async verify(password, phc, work = 'anonymous') {
      const stored = phc === undefined ? dummy : parsePhc(phc);
      const hash = await gated(() => derive(password, stored.salt, stored.cost, stored.hash.length), work);
      const matches = timingSafeEqual(hash, stored.hash) && phc !== undefined;
      return { matches, outdated: phc !== undefined && !isCurrent(stored, cost) };
    },
  };
}

function isCurrent(stored: StoredHash, cost: ScryptCost): boolean {
  return (
    stored.cost.ln === cost.ln &&
    stored.cost.r === cost.r &&
    stored.cost.p === cost.p &&
    stored.salt.length >= SALT_BYTES &&
    stored.hash.length === HASH_BYTES
  );
}

function formatPhc({ cost, salt, hash }: StoredHash): string {
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${toB64(salt)}$${toB64(hash)}`;
}

function parsePhc(phc: string): StoredHash {
  const [, ln, r, p, salt, hash] = PHC.exec(phc) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('the stored password hash is not a scrypt PHC string');
  return { cost: { ln: Number(ln), r: Number(r), p: Number(p) }, salt: fromB64(salt), hash: fromB64(hash) };
}

/** The PHC format uses standard base64 without padding. */
function toB64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function fromB64(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
