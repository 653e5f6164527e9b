import type { z } from '@hono/zod-openapi';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleRequest } from '../../../src/http/document/examples.ts';
import type { Operation } from '../../../src/http/operation.ts';
import { TAGS } from '../../../src/http/operation.ts';
import { ExampleRun } from '../../support/examples.ts';
import { DOCUMENT, OPERATIONS } from '../../support/operations.ts';
import { NOON } from '../../support/portal.ts';
import { refusedLinks } from './refused-links.ts';

let run: ExampleRun;
beforeAll(async () => {
  run = await ExampleRun.begin(OPERATIONS);
});
afterAll(() => run.close());

const order = Object.keys(TAGS);
/** In the order of the document, but examples that need a begun appointment come last, because the clock only moves forward. */
const inOrder = OPERATIONS.toSorted((a, b) => waits(a) - waits(b) || order.indexOf(a.tag) - order.indexOf(b.tag));

function waits({ example }: Operation): number {
  return 'atStart' in example ? 1 : 0;
}

describe('the examples of the document', () => {
  test('all succeed against the demo clinic, in the order of the document', async () => {
    const faults: string[] = [];
    for (const { operationId } of inOrder) {
      await run.use(operationId).catch((error: Error) => faults.push(`${operationId}: ${error.message}`));
    }
    expect(faults).toEqual([]);
  });

  test('are answered with links to what the role of the caller may do', () => {
    const faults = run.used.flatMap(({ operation: { operationId, example }, body }) => {
      const as = 'none' in example ? undefined : example.as;
      if (as === undefined || as === 'anybody') return [];
      return refusedLinks(body, as === 'newcomer' ? 'patient' : as).map((fault) => `${operationId}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  test('every operation has one, or declares why it has none', () => {
    const without = OPERATIONS.filter(({ example }) => 'none' in example).map(({ operationId }) => operationId);
    expect(without).toEqual([
      'runJob',
      'getConfirmationPage',
      'confirmByLink',
      'getUnsubscribePage',
      'endMailsByLink',
      'redriveDelivery',
      'receiveSendgridEvents',
      'receiveTwilioStatus',
      'receiveTwilioText',
      'liftSuppression',
      'replayWebhookDelivery',
      'unblockIp',
      'getSecurityFinding',
      'closeSecurityFinding',
      'putFileContent',
      'completeFileUpload',
      'getFileUpload',
      'appendToFileUpload',
      'cancelFileUpload',
      'getSharedPage',
      'openSharedFile',
      'getLogTile',
      'getLogTileOfThreeParts',
      'getLogTileOfFourParts',
      'createAuditOrigin',
    ]);
    const used = new Set(run.used.map(({ operation }) => operation.operationId));
    expect(
      OPERATIONS.filter(({ operationId }) => !used.has(operationId)).map(({ operationId }) => operationId),
    ).toEqual(without);
  });

  test('every example answer conforms to its schema', () => {
    const faults: string[] = [];
    for (const { operationId, path, method, responses } of OPERATIONS) {
      for (const [status, response] of Object.entries(responses)) {
        const json = 'content' in response ? response.content?.['application/json'] : undefined;
        if (json === undefined || !('schema' in json) || !status.startsWith('2')) continue;
        const schema = json.schema as z.ZodType;
        const { content } = described(path, method).responses[status] as Shown;
        const example = content['application/json']?.example;
        const parsed = schema.safeParse(example);
        if (!parsed.success) faults.push(`${operationId}: ${parsed.error.message}`);
        else if (JSON.stringify(sorted(parsed.data)) !== JSON.stringify(sorted(example))) faults.push(operationId);
      }
    }
    expect(faults).toEqual([]);
  });

  test('the JavaScript code samples send the request of the example', async () => {
    for (const operation of OPERATIONS) {
      const { operationId, path, method, example } = operation;
      if ('none' in example) continue;
      const samples = described(path, method)['x-codeSamples'];
      const source = samples.find(({ lang }) => lang === 'JavaScript')?.source ?? '';
      const wanted = sampleRequest(operation, example, 'https://portal.example', NOON);
      const sent = await sentBy(source);
      expect(sent.method, operationId).toBe(wanted.method);
      expect(sent.url, operationId).toBe(wanted.url);
      expect(sent.headers.get('authorization'), operationId).toBe(wanted.isSignedIn ? 'Bearer a-token' : null);
      expect(sent.headers.get('if-match'), operationId).toBe(wanted.headers['If-Match'] ?? null);
      if (wanted.body !== undefined) expect(await sent.json(), operationId).toEqual(wanted.body);
    }
  });
});

interface Described {
  readonly responses: Readonly<Record<string, unknown>>;
  readonly 'x-codeSamples': readonly { readonly lang: string; readonly source: string }[];
}

function described(path: string, method: string): Described {
  return (DOCUMENT.paths as Readonly<Record<string, Readonly<Record<string, Described>>>>)[path]?.[method] as Described;
}

interface Shown {
  readonly content: Readonly<Record<string, { readonly example?: unknown }>>;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]));
}

/** Runs a sample with a `fetch` that keeps the request. */
async function sentBy(source: string): Promise<Request> {
  let sent: Request | undefined;
  const keep = async (url: string, init?: RequestInit) => {
    sent = new Request(url, init);
    return new Response('{}');
  };
  const body = `return (async () => {\n${source}\n})();`;
  await new Function('fetch', 'accessToken', 'file', body)(keep, 'a-token', new Blob(['…']));
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}
