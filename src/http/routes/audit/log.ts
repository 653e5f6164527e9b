/** The log for monitors and standard clients, as C2SP tlog-tiles lays it out: hashes only, for everybody, cacheable. */
import { z } from '@hono/zod-openapi';
import { parseTilePath } from '../../../../domain/audit/tiles.ts';
import { latestCheckpoint, logKeys, readTile } from '../../../app/audit/log.ts';
import { rawText } from '../../bounds.ts';
import type { Example, NoExample } from '../../example.ts';
import { Problem } from '../../problems.ts';
import { type Routes, route, unwrap } from '../../router.ts';

/** The first checkpoint is made within a minute after the first start. */
export const NO_CHECKPOINT_YET = { detail: 'There is no checkpoint yet. The first is made within a minute.' };

const segment = rawText(16);
/** A checkpoint is replaced each minute; a tile, even a partial one, never changes. */
const BRIEFLY = 'public, max-age=10';
const FOR_EVER = 'public, max-age=31536000, immutable';

const FIRST_TILE: Example = {
  as: 'anybody',
  path: { level: '0', a: '000.p', b: '1' },
};

/** Pages of any origin may read it, because it holds no personal data. */
const PUBLIC = { 'Cross-Origin-Resource-Policy': 'cross-origin' };

/** The index of a tile is split into groups of three digits: one group in small logs, three in very large ones. */
function tileRoute(operationId: string, names: readonly string[], example: Example | NoExample): Routes[number] {
  return route(
    {
      operationId,
      method: 'get',
      path: `/audit/log/tile/${names.map((name) => `{${name}}`).join('/')}`,
      summary: names.length === 2 ? 'Get a tile of the log' : `Get a tile of the log by ${names.length - 1} parts`,
      description: 'Up to 256 hashes of 32 bytes (C2SP tlog-tiles), such as `tile/0/x001/067` or `tile/1/000.p/5`.',
      tag: 'Public log',
      access: 'public',
      anyAccept: true,
      anyOrigin: true,
      example,
      request: { params: z.object(Object.fromEntries(names.map((name) => [name, segment]))) },
      responses: { 200: { description: 'Hashes', content: { 'application/octet-stream': { schema: z.string() } } } },
      refusals: ['not_found'],
    },
    async (c) => {
      const id = parseTilePath(`tile/${names.map((name) => c.req.param(name)).join('/')}`);
      const hashes = id === undefined || id.level > 7 ? undefined : await readTile(c.get('deps'), id);
      if (hashes === undefined) throw new Problem({ code: 'not_found' });
      return c.body(hashes.slice(), 200, {
        ...PUBLIC,
        'Content-Type': 'application/octet-stream',
        'Cache-Control': FOR_EVER,
      });
    },
  );
}

export const auditLogRoutes: Routes = [
  route(
    {
      operationId: 'getLogKeys',
      method: 'get',
      path: '/audit/log/key',
      summary: 'Get the keys that sign the log',
      description:
        'Verifier keys of C2SP signed-note, `name+hash+key`, one on each line, the current one first. Keep them elsewhere: a verifier that fetches the keys and the checkpoint from the same place each time has to trust that place.',
      tag: 'Public log',
      access: 'public',
      anyAccept: true,
      anyOrigin: true,
      example: { as: 'anybody' },
      responses: { 200: { description: 'The keys', content: { 'text/plain': { schema: z.string() } } } },
    },
    async (c) => {
      const keys = await logKeys(c.get('deps'));
      return c.text(keys.map((key) => `${key}\n`).join(''), 200, { ...PUBLIC, 'Cache-Control': BRIEFLY });
    },
  ),
  route(
    {
      operationId: 'getPublicCheckpoint',
      method: 'get',
      path: '/audit/log/checkpoint',
      summary: 'Get the latest checkpoint as a signed note',
      tag: 'Public log',
      access: 'public',
      anyAccept: true,
      anyOrigin: true,
      example: { as: 'anybody' },
      responses: { 200: { description: 'C2SP tlog-checkpoint', content: { 'text/plain': { schema: z.string() } } } },
      refusals: ['not_found'],
    },
    async (c) => {
      const { note } = unwrap(await latestCheckpoint(c.get('deps')), () => NO_CHECKPOINT_YET);
      return c.text(note, 200, { ...PUBLIC, 'Cache-Control': BRIEFLY });
    },
  ),

  tileRoute('getLogTile', ['level', 'a'], {
    none: 'A full tile has 256 leaves, more than a demo clinic makes at once',
  }),
  tileRoute('getLogTileOfTwoParts', ['level', 'a', 'b'], FIRST_TILE),
  tileRoute('getLogTileOfThreeParts', ['level', 'a', 'b', 'c'], { none: 'For logs of more than 256,000 leaves' }),
  tileRoute('getLogTileOfFourParts', ['level', 'a', 'b', 'c', 'd'], {
    none: 'For logs of more than 256 million leaves',
  }),
];
