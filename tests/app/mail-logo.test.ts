/** The clinic's logo in the mails that leave: read once, and never a reason not to send. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import { ok } from '../../domain/shared/result.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { removeLogo, setLogo } from '../../src/app/scheduling/clinic-logo.ts';
import { readClinic } from '../../src/app/scheduling/clinic-settings.ts';
import { PICTURE, quadrants, TRANSPARENT } from '../support/pictures.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

let sending: Sending;
let mails: OutgoingMessage[];
/** What the storage does with a reading. Default: it answers. */
let storage: () => Promise<void>;
let reads: number;
let reader: string;

beforeEach(async () => {
  sending = await startSending();
  mails = [];
  sending.answer = (message) => {
    mails.push(message);
    return ok({ providerId: message.id });
  };
  storage = async () => {};
  reads = 0;
  reader = (await sending.portal.person('patient', 'ada')).email;
  const { files } = sending.portal.deps;
  const get = files.get.bind(files);
  vi.spyOn(files, 'get').mockImplementation(async (key, range) => {
    reads += 1;
    await storage();
    return get(key, range);
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await sending.database.close();
});

async function putLogo(bytes: Uint8Array = PICTURE): Promise<void> {
  const { deps } = sending.portal;
  expect((await setLogo(deps, systemContext(deps), bytes, null)).ok).toBe(true);
}

async function sent(count: number): Promise<readonly OutgoingMessage[]> {
  mails = [];
  const { id: userId, dataKey } = await sending.userOf(reader);
  const draft = { template: 'password-changed', variables: { how: 'changed' }, userId, dataKey } as const;
  await sending.queue(Array.from({ length: count }, () => draft));
  await sending.processOver('first').runDue();
  expect(mails).toHaveLength(count);
  return mails;
}

const logos = (of: readonly OutgoingMessage[]) => of.filter(({ picture }) => picture !== undefined);

describe('the logo of the clinic', () => {
  test('is in each mail, whose page names it, and is read once by a process', async () => {
    await putLogo();
    const all = await sent(250);
    expectOnce(sending);
    expect(reads).toBe(1);
    const { logoKey } = await readClinic(sending.portal.deps);
    const contentId = `logo.${logoKey?.split('/').at(-1)}@portal.example`;
    expect(logos(all)).toHaveLength(250);
    expect((await quadrants(all[0]?.picture?.bytes ?? PICTURE.subarray(0, 0))).colours).toBe('rgbw');
    for (const { picture, html, text } of all) {
      expect(picture).toMatchObject({ contentId, filename: 'logo.png', type: 'image/png' });
      expect(picture?.bytes).toEqual(all[0]?.picture?.bytes);
      expect(html).toContain(`<img src="cid:${contentId}" alt="Patient portal" width="96" height="64"`);
      expect(text).not.toContain('cid:');
    }
  });

  test('is the one that the clinic has now, and none once it is removed', async () => {
    await sent(1);
    expect(reads).toBe(0);
    await putLogo();
    const [first] = await sent(1);
    await putLogo(TRANSPARENT);
    const [second] = await sent(1);
    expect(second?.picture?.contentId).not.toBe(first?.picture?.contentId);
    expect(second?.picture?.bytes).not.toEqual(first?.picture?.bytes);
    const { deps } = sending.portal;
    expect((await removeLogo(deps, systemContext(deps), null)).ok).toBe(true);
    const [last] = await sent(1);
    expect(last?.picture).toBeUndefined();
    expect(last?.html).not.toContain('<img');
    expect(reads).toBe(2);
  });

  test('is left out while the storage is away, which is asked once a minute', async () => {
    await putLogo();
    storage = () => Promise.reject(new Error('ECONNREFUSED'));
    expect(logos(await sent(250))).toEqual([]);
    expect(logos(await sent(10))).toEqual([]);
    expect(reads).toBe(1);
    storage = async () => {};
    sending.portal.clock.advance(60);
    expect(logos(await sent(10))).toHaveLength(10);
    expect(reads).toBe(2);
  });

  test('is left out if the storage does not answer in two seconds', async () => {
    await putLogo();
    storage = () => {
      // The test's clock: nothing waits for real.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      queueMicrotask(() => {
        vi.advanceTimersByTime(2_000);
        vi.useRealTimers();
      });
      return new Promise(() => {});
    };
    expect(logos(await sent(10))).toEqual([]);
  });

  test('is left out if it is larger than a mail may carry, or gone', async () => {
    await putLogo();
    const { deps } = sending.portal;
    const { logoKey } = await readClinic(deps);
    await deps.files.put(logoKey ?? '', new Uint8Array(101 * 1024 + 1), 'image/png');
    expect(logos(await sent(2))).toEqual([]);
    await putLogo();
    await deps.files.delete((await readClinic(deps)).logoKey ?? '');
    expect(logos(await sent(2))).toEqual([]);
    expect(reads).toBe(2);
  });
});
