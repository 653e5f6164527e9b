/** The files of the web application on disk, as `tools/web.mjs` builds them. */
import { readFile } from 'node:fs/promises';
import type { WebFiles } from '../http/platform.ts';
import { SHELL } from '../http/web-files.ts';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

/**
 * @param folder ends with a slash
 * @returns null if it was not built there
 */
export async function webFilesIn(folder: string): Promise<WebFiles | null> {
  const read = async (name: string) => {
    const bytes = await readFile(`${folder}${name === SHELL ? 'index.html' : name}`).catch(
      (error: { code?: string }) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      },
    );
    if (bytes === undefined) return undefined;
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return new Response(new Uint8Array(bytes), { headers: { 'Content-Type': type } });
  };
  return (await read(SHELL)) === undefined ? null : read;
}
