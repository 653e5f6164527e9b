/** File storage and a scanner for one test. */
import type { FileScanner } from '../../domain/files/ports.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';

/** What the scanner of tests takes for malware. */
export const MALWARE = 'PORTAL-TEST-MALWARE';

/** Reads what it scans, as a scanner does. */
export const testScanner: FileScanner = {
  name: 'clamd',
  async scan(bytes) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk.slice());
    return Buffer.concat(chunks).includes(MALWARE)
      ? { verdict: 'infected', finding: 'Portal.Test' }
      : { verdict: 'clean' };
  },
};

/** File storage in memory, for one test. */
export function heldFiles(): FileStorage {
  const held = new Map<string, { bytes: Uint8Array; contentType: string }>();
  return {
    put: async (key, bytes, contentType) => void held.set(key, { bytes, contentType }),
    putNew: async (key, bytes, contentType) => {
      if (held.has(key)) return false;
      held.set(key, { bytes, contentType });
      return true;
    },
    get: async (key, range = { offset: 0, length: Number.POSITIVE_INFINITY }) => {
      const found = held.get(key);
      if (found === undefined) return undefined;
      const body = new Blob([found.bytes.slice(range.offset, range.offset + range.length)]).stream();
      return { body, sizeBytes: found.bytes.length, contentType: found.contentType };
    },
    delete: async (key) => void held.delete(key),
    deleteFolder: async (folder) => {
      for (const key of held.keys()) if (key.startsWith(`${folder}/`)) held.delete(key);
    },
  };
}
