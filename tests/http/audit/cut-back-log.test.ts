/** Verification of a log that was cut back or whose checkpoints were removed (R73). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { type RestorableLog, startRestorableLog } from './restorable-log.ts';

let log: RestorableLog;
beforeEach(async () => {
  log = await startRestorableLog();
});
afterEach(() => log.close());

test('R73 the newest checkpoint, removed from the database alone, is named as deleted', async () => {
  await log.asOwner('DELETE FROM audit_checkpoints WHERE size = (SELECT max(size) FROM audit_checkpoints)');
  const { problems } = await log.verified();
  expect(problems).toContainEqual(
    expect.objectContaining({
      kind: 'deleted',
      detail: expect.stringContaining('which this log continues and the database lacks'),
    }),
  );
  expect(JSON.stringify(problems)).not.toContain('does not continue');
});

describe('verification', () => {
  const problems = async () => (await log.verified()).problems as { kind: string; detail: string }[];

  test('R73 finds a log that was cut back to an earlier checkpoint, by the later ones in the database', async () => {
    const [, size] = (await log.published()).split('\n');
    await log.seal();
    await log.asOwner(
      `UPDATE audit_log SET size = ${size}, root = (SELECT root FROM audit_checkpoints WHERE size = ${size})`,
    );
    expect(await problems()).toContainEqual(
      expect.objectContaining({
        kind: 'truncated',
        detail: expect.stringContaining('the database holds a checkpoint'),
      }),
    );
  });

  test('R73 finds a log that was cut back with its checkpoints, by those in file storage', async () => {
    await log.backUp('copy');
    await log.seal();
    await log.seal();
    const [, size] = (await log.published()).split('\n');
    await log.restore('copy');
    expect(await problems()).toContainEqual(
      expect.objectContaining({ kind: 'truncated', detail: expect.stringContaining(`checkpoint of ${size} leaves`) }),
    );
  });

  test('R73 finds a checkpoint in the middle that was removed from the database', async () => {
    await log.asOwner('DELETE FROM audit_checkpoints WHERE number = 2');
    expect(await problems()).toMatchObject([
      { kind: 'deleted', detail: expect.stringMatching(/^checkpoint 2 of \d+ leaves is missing from the database$/) },
    ]);
  });

  test('R73 finds a copy in file storage that was removed or replaced', async () => {
    await log.portal.deps.files.delete(checkpointFile(1, 2));
    expect(await problems()).toMatchObject([{ kind: 'deleted', detail: expect.stringContaining('file storage') }]);
    await log.portal.deps.files.put(checkpointFile(1, 2), new TextEncoder().encode('other'), 'text/plain');
    expect(await problems()).toMatchObject([{ kind: 'edited', detail: expect.stringContaining('file storage') }]);
  });
});
