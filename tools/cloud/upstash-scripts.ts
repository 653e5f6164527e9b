/**
 * Supports Lua scripts that begin with `#!lua flags=allow-key-locking`, a flag that only Upstash knows and Redis
 * refuses. The line is removed before the script reaches Redis, and clients keep using the digest of the original
 * script.
 */
import { createHash } from 'node:crypto';

type Command = readonly [name: string, ...rest: string[]];

export interface Translated {
  readonly command: [name: string, ...rest: string[]];
  /** Replaces the digest in the result by the client's. */
  restore(result: unknown): unknown;
}

export interface ScriptMemory {
  /** Converts a command to one that Redis accepts. */
  translate(command: Command): Translated;
}

const SHEBANG = /^#!lua flags=[^\n]*\ballow-key-locking\b[^\n]*\n/;

export function scriptMemory(): ScriptMemory {
  /** Maps the digest of the script as sent to that of the script as run. */
  const digests = new Map<string, string>();

  function strip(script: string): string {
    const stripped = script.replace(SHEBANG, '');
    if (stripped !== script) digests.set(sha1(script), sha1(stripped));
    return stripped;
  }

  function run(digest: string): string {
    return digests.get(digest.toLowerCase()) ?? digest;
  }

  return {
    translate([name, ...rest]) {
      const [first = '', ...others] = rest;
      const subcommand = `${name} ${first}`.toUpperCase();
      if (/^EVAL(_RO)?$/i.test(name)) return unchanged([name, strip(first), ...others]);
      if (/^EVALSHA(_RO)?$/i.test(name)) return unchanged([name, run(first), ...others]);
      if (subcommand === 'SCRIPT LOAD') {
        const [script = ''] = others;
        return { command: [name, first, strip(script)], restore: () => sha1(script) };
      }
      if (subcommand === 'SCRIPT EXISTS') return unchanged([name, first, ...others.map(run)]);
      return unchanged([name, ...rest]);
    },
  };
}

function unchanged(command: [name: string, ...rest: string[]]): Translated {
  return { command, restore: (result) => result };
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
