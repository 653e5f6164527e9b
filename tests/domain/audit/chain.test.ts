import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { appendToChain, continues, entryHash, isSound, startOfChain } from '../../../domain/audit/chain.ts';
import { nameFault } from '../../../domain/audit/chain-fault.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { hashLeaf } from '../../../domain/audit/merkle.ts';
import { concat, toHex, utf8 } from '../../../domain/shared/bytes.ts';
import { sampleContent } from './sample-log.ts';

const sha256 = (...parts: Uint8Array[]) =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );

describe('hash chain', () => {
  it('hashes what the database hashes: 0x00, previous hash, int8send(sequence), digest', () => {
    const [previous, digest] = [sha256(utf8('previous')), sha256(utf8('digest'))];
    for (const sequence of [1, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER]) {
      const int8 = Buffer.alloc(8);
      int8.writeBigInt64BE(BigInt(sequence));
      expect(toHex(entryHash(previous, sequence, digest))).toBe(
        toHex(sha256(Uint8Array.of(0), previous, int8, digest)),
      );
      expect(entryHash(previous, sequence, digest)).toEqual(hashLeaf(concat(previous, int8, digest)));
    }
  });

  it('starts from the hash of the stream, so that two streams never share a first event', () => {
    expect(startOfChain('system')).toEqual({ sequence: 0, hash: sha256(utf8('system')) });
    const first = (stream: string) => appendToChain(startOfChain(stream), [sampleContent(1)]).head.hash;
    expect(first('a')).not.toEqual(first('b'));
  });

  it('numbers without a gap and links each event to the one before', () => {
    const contents = [1, 2, 3, 4].map(sampleContent);
    const { events, head } = appendToChain(startOfChain('s'), contents);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    let at = startOfChain('s');
    for (const event of events) {
      const link = { ...event, eventId: event.content.id, digest: eventDigest(event.content), leafIndex: null };
      expect(isSound(link)).toBe(true);
      expect(continues(at, link)).toBe(true);
      expect(continues(at, { ...link, sequence: link.sequence + 1 })).toBe(false);
      expect(continues(at, { ...link, digest: at.hash })).toBe(false);
      const skipped = { ...link, sequence: link.sequence + 1 };
      const forged = { ...skipped, currentHash: entryHash(at.hash, skipped.sequence, link.digest) };
      expect(isSound(forged)).toBe(true);
      expect(continues(at, forged)).toBe(false);
      at = { sequence: event.sequence, hash: event.currentHash };
    }
    expect(at).toEqual(head);
    const inTwo = appendToChain(appendToChain(startOfChain('s'), contents.slice(0, 2)).head, contents.slice(2));
    expect(inTwo.head).toEqual(head);
    expect(appendToChain(head, [])).toEqual({ events: [], head });
  });

  it('commits to every field of the content, whatever the order of the fields', () => {
    const content = sampleContent(1);
    const digest = toHex(eventDigest(content));
    expect(toHex(eventDigest(Object.fromEntries(Object.entries(content).reverse()) as typeof content))).toBe(digest);
    for (const name of Object.keys(content)) {
      expect(toHex(eventDigest({ ...content, [name]: 'other' }))).not.toBe(digest);
    }
    expect(toHex(eventDigest({ ...content, extra: null } as typeof content))).not.toBe(digest);
  });
});

test('an event with an earlier sequence is the inserted one, whatever stands before it', () => {
  const { events, head } = appendToChain(startOfChain('s'), [1, 2, 3, 4].map(sampleContent));
  const links = events.map((event) => ({
    ...event,
    eventId: event.content.id,
    digest: eventDigest(event.content),
    leafIndex: null,
  }));
  const last = links.at(-1);
  const digest = eventDigest(sampleContent(9));
  const inserted = {
    sequence: 2,
    previousHash: head.hash,
    currentHash: entryHash(head.hash, 2, digest),
    digest,
    eventId: 'inserted',
    leafIndex: 7,
  };
  expect(nameFault(head, last, [inserted])).toMatchObject({ kind: 'inserted', sequence: 2, eventId: 'inserted' });
});
