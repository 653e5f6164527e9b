import { describe, expect, test } from 'vitest';
import { refusalsOf } from '../../../src/http/document/refusals.ts';
import { TAGS } from '../../../src/http/operation.ts';
import { type ErrorCode, PROBLEMS } from '../../../src/http/problems.ts';
import { DOCUMENT, OPERATIONS } from '../../support/operations.ts';

const ids = OPERATIONS.map(({ operationId }) => operationId);

describe('the OpenAPI document', () => {
  test('names each operation by verb and noun, once', () => {
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+[A-Z][A-Za-z]+$|^(signIn|signOut|stepUp)$/.test(id))).toEqual([]);
  });

  test('summarises each operation in words of its own, that begin with a verb', () => {
    const summaries = OPERATIONS.map(({ summary }) => summary);
    expect(summaries.filter((summary, place) => summaries.indexOf(summary) !== place)).toEqual([]);
    expect(summaries.filter((summary) => /^(The|My|A|An|One|All|What|Where|When|How|Who)\b/.test(summary))).toEqual([]);
  });

  test('has groups no larger than 15, each with operations', () => {
    const sizes = Object.keys(TAGS).map((tag) => [tag, OPERATIONS.filter((each) => each.tag === tag).length] as const);
    expect(sizes.filter(([, size]) => size === 0 || size > 15)).toEqual([]);
  });

  test('has every problem code in some operation, but those that no operation answers', () => {
    const named = new Set(OPERATIONS.flatMap((operation) => [...refusalsOf(operation)]));
    const unnamed = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) => !named.has(code));
    expect(unnamed).toEqual(['method_not_allowed']);
  });

  test('resolves every reference within itself', () => {
    const text = JSON.stringify(DOCUMENT);
    const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string));
    const missing = [...references].filter(
      (path) =>
        path
          .split('/')
          .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], DOCUMENT) ===
        undefined,
    );
    expect(references.size).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });
});
