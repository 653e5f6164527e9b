/** What clamd answers to INSTREAM: `stream: OK`, `stream: NAME FOUND`, or an error. */
import type { Verdict } from '../../domain/files/ports.ts';

const FOUND = /^stream: ([\x21-\x7e][\x20-\x7e]{0,199}) FOUND$/;
/** Why a file over the scanner's limit is not judged. */
export const TOO_LARGE = 'too_large_for_scanner';
/** Errors that concern these bytes, and would come again. */
const OF_THE_BYTES = /size limit exceeded/i;

/** @throws Error for anything that is no verdict: nothing but `OK` is clean */
export function verdictOf(reply: string): Verdict {
  if (reply === 'stream: OK') return { verdict: 'clean' };
  const finding = FOUND.exec(reply)?.[1];
  if (finding !== undefined) return { verdict: 'infected', finding };
  if (OF_THE_BYTES.test(reply)) return { verdict: 'unscannable', reason: TOO_LARGE };
  throw new Error(`clamd answered ${JSON.stringify(reply.slice(0, 200))}`);
}
