import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FilePart,
  isWhole,
  type KeyedFile,
  objectKey,
  PART_BYTES,
  type PatientFile,
  partCount,
  partSize,
  unusedObjects,
} from '../../../domain/files/file.ts';
import { type FileLimits, MAXIMUM_FILES, NO_FILES, withinQuota } from '../../../domain/files/quota.ts';
import { noteVerdict, scanAgain } from '../../../domain/files/scan.ts';
import {
  beginAttempt,
  beginUpload,
  completeUpload,
  isUploadOpen,
  sliceOf,
  storeParts,
  UPLOAD_MS,
} from '../../../domain/files/upload.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HASH = 'a'.repeat(64);
const KEY = { ownerId: 'p', ringKeyId: 'r', wrapped: new Uint8Array() };
const LIMITS: FileLimits = { maximumBytes: 100, personBytes: 250, clinicBytes: 1_000 };
const STATE = { key: KEY, usage: NO_FILES, clinicUsedBytes: 0, appointmentFits: true };
const DRAFT = {
  ...{ name: 'a.txt', mimeType: 'text/plain', sizeBytes: 60, kind: 'other' as const, description: null, tags: [] },
  ...{ sha256: null, appointmentId: null },
};
const BEGINNING = {
  ...{ id: 'f' as never, ownerId: 'p' as never, uploadedBy: 'u' as never, origin: 'own' as const },
  ...{ fileKey: '00', attempt: null, limits: LIMITS, now: NOW },
};

function begun(more: Partial<typeof DRAFT> | { sha256: string } = {}): KeyedFile {
  const result = beginUpload({ ...DRAFT, ...more }, STATE, BEGINNING);
  if (!result.ok) throw new Error(result.error.code);
  return result.value.value;
}

const part = (number: number, sizeBytes: number, attempt = 'a'): FilePart => ({
  ...{ number, sizeBytes, attempt },
  header: new Uint8Array(40),
});
const partsOf = (sizeBytes: number): FilePart[] =>
  Array.from({ length: partCount(sizeBytes) }, (_, n) => part(n + 1, partSize(sizeBytes, n + 1)));

describe('parts', () => {
  it('make up the file, all of 8 MiB but the last', () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 * PART_BYTES }), (sizeBytes) => {
        const parts = partsOf(sizeBytes);
        expect(parts.reduce((sum, each) => sum + each.sizeBytes, 0)).toBe(sizeBytes);
        expect(parts.slice(0, -1).every((each) => each.sizeBytes === PART_BYTES)).toBe(true);
        expect(isWhole(parts, sizeBytes)).toBe(true);
        expect(isWhole(parts.slice(1), sizeBytes)).toBe(false);
        expect(isWhole(parts, sizeBytes + 1)).toBe(false);
      }),
    );
  });

  it('in another order, twice, or of another size are not whole', () => {
    const [first, second] = [part(1, PART_BYTES), part(2, 5)];
    const size = PART_BYTES + 5;
    expect(isWhole([first, second], size)).toBe(true);
    expect(isWhole([second, first], size)).toBe(false);
    expect(isWhole([first, first], 2 * PART_BYTES)).toBe(false);
    expect(isWhole([part(1, PART_BYTES - 1), part(2, 6)], size)).toBe(false);
  });

  it('a request may send all, or one that there is', () => {
    const { file } = begun();
    const large: PatientFile = { ...file, sizeBytes: PART_BYTES + 5 };
    expect(sliceOf(large, null)).toEqual({ first: 1, last: 2, sizeBytes: PART_BYTES + 5 });
    expect(sliceOf(large, 2)).toEqual({ first: 2, last: 2, sizeBytes: 5 });
    expect([sliceOf(large, 0), sliceOf(large, 3)]).toEqual([undefined, undefined]);
  });

  it('objects that no part names are those of attempts that lost', () => {
    const attempts = [
      { attempt: 'a', first: 1, last: 2 },
      { attempt: 'b', first: 2, last: 2 },
    ];
    const unused = unusedObjects('f' as never, attempts, [part(1, 1, 'a'), part(2, 1, 'b')]);
    expect(unused).toEqual([objectKey('f' as never, { number: 2, attempt: 'a' })]);
  });
});

describe('the quota', () => {
  const within = (sizeBytes: number, origin: 'own' | 'clinic' = 'own', usage = NO_FILES, clinicUsed = 0) => {
    const result = withinQuota(sizeBytes, origin, usage, clinicUsed, LIMITS);
    return result.ok ? 'ok' : result.error;
  };

  it('bounds a file, a person and the clinic, each including its limit', () => {
    expect([within(100), within(101)]).toEqual(['ok', { code: 'file_too_large', limit: 100 }]);
    const used = { reservedBytes: 100, usedBytes: 100, files: 3 };
    expect([within(50, 'own', used), within(51, 'own', used)]).toEqual([
      'ok',
      { code: 'file_quota_exceeded', limit: 250 },
    ]);
    expect([within(10, 'own', NO_FILES, 990), within(11, 'own', NO_FILES, 990)]).toEqual([
      'ok',
      { code: 'file_storage_full' },
    ]);
    const many = { reservedBytes: 0, usedBytes: 0, files: MAXIMUM_FILES };
    expect(within(1, 'own', many)).toEqual({ code: 'file_quota_exceeded', limit: null });
    expect(within(1, 'own', { ...many, files: MAXIMUM_FILES - 1 })).toBe('ok');
  });

  it('of a person does not bound documents of the clinic', () => {
    const full = { reservedBytes: 250, usedBytes: 0, files: MAXIMUM_FILES };
    expect([within(100, 'clinic', full), within(100, 'clinic', full, 950)]).toEqual([
      'ok',
      { code: 'file_storage_full' },
    ]);
  });
});

describe('an upload', () => {
  it('reserves what it declares, for an hour', () => {
    const { file } = begun();
    expect(file).toMatchObject({
      state: 'uploading',
      sizeBytes: 60,
      completedAt: null,
      uploadExpiresAt: NOW + UPLOAD_MS,
    });
    expect([isUploadOpen(file, NOW + UPLOAD_MS - 1), isUploadOpen(file, NOW + UPLOAD_MS)]).toEqual([true, false]);
    const late = NOW + UPLOAD_MS;
    const over = { ok: false, error: { code: 'file_upload_over' } };
    expect(beginAttempt(file, { attempt: 'a', first: 1, last: 1 }, late)).toEqual(over);
    expect(storeParts(file, [part(1, 60)], late)).toEqual(over);
    expect(beginAttempt(file, { attempt: 'a', first: 1, last: 1 }, NOW).ok).toBe(true);
  });

  it('is refused for an appointment of somebody else', () => {
    expect(beginUpload(DRAFT, { ...STATE, appointmentFits: false }, BEGINNING)).toEqual({
      ok: false,
      error: { code: 'file_appointment_unknown' },
    });
  });

  const received = { mimeType: 'text/plain', sizeBytes: 60, sha256: HASH };
  const uploaded = { parts: [part(1, 60)], attempts: [{ attempt: 'a', first: 1, last: 1 }], areStored: true };

  it('is complete with all its parts and the declared hash, and waits for its scan', () => {
    const completed = completeUpload(begun({ sha256: HASH }), received, uploaded, NOW + 5, { tags: ['x'] });
    expect(completed).toMatchObject({
      ok: true,
      value: {
        value: {
          file: { state: 'scanning', completedAt: NOW + 5, version: 2, details: { sha256: HASH, tags: ['x'] } },
          unused: [],
        },
        audit: [{ type: 'file.uploaded', stream: 'p' }],
        jobs: [{ topic: 'file.scan', payload: { fileId: 'f' } }],
      },
    });
  });

  it('is not complete with another hash, without a part, or too late', () => {
    const code = (result: ReturnType<typeof completeUpload>) => (result.ok ? 'ok' : result.error.code);
    expect(code(completeUpload(begun({ sha256: 'b'.repeat(64) }), received, uploaded, NOW))).toBe('file_hash_mismatch');
    expect(completeUpload(begun(), received, { ...uploaded, parts: [part(1, 59)] }, NOW)).toEqual({
      ok: false,
      error: { code: 'file_incomplete', expected: 60, received: 59 },
    });
    expect(code(completeUpload(begun(), received, uploaded, NOW + UPLOAD_MS))).toBe('file_upload_over');
    const { file } = begun();
    const clean: PatientFile = { ...file, state: 'clean' };
    expect(code(completeUpload({ file: clean, key: KEY }, received, uploaded, NOW))).toBe('file_upload_over');
  });
});

describe('a verdict', () => {
  const scanning: KeyedFile = { file: { ...begun().file, state: 'scanning', version: 2 }, key: KEY };
  const administrator = { userId: 'admin' as never, dataKey: KEY };

  it('is noted once: for a file that waits for one', () => {
    const clean = noteVerdict(scanning, { verdict: 'clean' }, [], NOW);
    expect(clean).toMatchObject({ value: { state: 'clean', scannedAt: NOW, version: 3 }, messages: [] });
    for (const state of ['uploading', 'clean', 'infected', 'unscannable'] as const) {
      const noted = noteVerdict({ ...scanning, file: { ...scanning.file, state } }, { verdict: 'clean' }, [], NOW);
      expect([state, noted.changes]).toEqual([state, []]);
    }
  });

  it('of malware is told to the person and to administrators; of a document of the clinic to administrators alone', () => {
    const verdict = { verdict: 'infected', finding: 'X' } as const;
    const told = (origin: 'own' | 'clinic') =>
      noteVerdict({ ...scanning, file: { ...scanning.file, origin } }, verdict, [administrator], NOW).messages.map(
        ({ userId }) => userId,
      );
    expect([told('own'), told('clinic')]).toEqual([['p', 'admin'], ['admin']]);
    expect(noteVerdict(scanning, verdict, [], NOW).value).toMatchObject({
      state: 'infected',
      details: { finding: 'X' },
    });
    const unscannable = noteVerdict(scanning, { verdict: 'unscannable', reason: 'r' }, [administrator], NOW);
    expect([unscannable.value.state, unscannable.messages]).toEqual(['unscannable', []]);
  });

  it('can be asked for again, except while one is awaited', () => {
    const again = (state: PatientFile['state']) => scanAgain({ ...scanning.file, state }).ok;
    expect(['uploading', 'scanning', 'clean', 'infected', 'unscannable'].map((state) => again(state as never))).toEqual(
      [false, false, true, true, true],
    );
  });
});
