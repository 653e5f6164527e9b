import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { remoteThumbnailer } from './remote-thumbnailer.ts';
import { thumbnailerContract } from './thumbnailer.contract.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('photon in a thread of Deno, with the permissions of the portal', () => {
  let deno: ChildProcess;
  let url: URL;
  beforeAll(async () => {
    const script = fileURLToPath(new URL('./thumbnailer-deno.fixture.ts', import.meta.url));
    const permissions = [`--allow-read=${ROOT}`, '--allow-net=127.0.0.1', '--no-prompt', '--quiet'];
    const command = ['run', ...permissions, `--config=${ROOT}deno.json`, script];
    deno = spawn(`${ROOT}node_modules/.bin/deno`, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(deno.stdout as NodeJS.ReadableStream, 'data');
    url = new URL(`http://127.0.0.1:${Number(String(line))}/`);
  });
  afterAll(async () => {
    deno.kill();
    await once(deno, 'exit');
  });

  thumbnailerContract(() => remoteThumbnailer(() => url));

  test('other requests are answered while a picture of 12 megapixels is decoded', async () => {
    const order: string[] = [];
    const facts = { width: 4000, height: 3000, orientation: 1 } as const;
    const picture = greyPng(facts.width, facts.height);
    const rendered = remoteThumbnailer(() => url)
      .render(picture, facts, [{ side: 320, fit: 'inside' }], 'image/jpeg')
      .then((made) => order.push(`rendered ${made?.length}`));
    for (let n = 0; n < 5; n++) order.push(await (await fetch(url)).text());
    await rendered;
    expect(order).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'rendered 1']);
  });
});

describe('Cloudflare Images in workerd', () => {
  let harness: TestHarness;
  let url: URL;
  beforeAll(async () => {
    const configPath = fileURLToPath(new URL('./thumbnailer.wrangler.json', import.meta.url));
    harness = createTestHarness({ workers: [{ configPath }] });
    url = (await harness.listen()).url;
  });
  afterAll(() => harness.close());

  // The local stand-in of the service ignores the colour of the background.
  thumbnailerContract(() => remoteThumbnailer(() => url), { onWhite: false });
});

/** One colour: its bytes are few, and decoding it takes as long as another picture of its size. */
function greyPng(width: number, height: number): Buffer {
  const chunk = (name: string, content: Buffer) => {
    const named = Buffer.concat([Buffer.from(name), content]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    check.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, check]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const rows = deflateSync(Buffer.alloc((width + 1) * height));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}
