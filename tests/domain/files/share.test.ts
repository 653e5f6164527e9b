import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PatientFile } from '../../../domain/files/file.ts';
import {
  endOf,
  type FileShare,
  isLive,
  MAXIMUM_SHARES,
  mayReceive,
  mayShare,
  revokeShare,
  type ShareState,
  shareFile,
} from '../../../domain/files/share.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { ROLES, type Role } from '../../../domain/shared/permissions.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const DAY = 86_400_000;
const LIMITS = { usualMs: 30 * DAY, longestMs: 365 * DAY, publicUsualMs: 7 * DAY, publicLongestMs: 30 * DAY };
const KEY = { ownerId: 'maria', ringKeyId: 'r', wrapped: new Uint8Array() };
const FILE: PatientFile = {
  ...{ id: 'f', ownerId: 'maria', uploadedBy: 'maria', origin: 'own', kind: 'other', state: 'clean' },
  ...{ mimeType: 'text/plain', sizeBytes: 1, appointmentId: null, fileKey: 'k', version: 3 },
  ...{ createdAt: NOW, completedAt: NOW, scannedAt: NOW, deletedAt: null, uploadExpiresAt: NOW },
  details: { name: 'a.txt', description: null, tags: [], sha256: null, finding: null },
} as never;
const actor = (role: Role, userId: string): KnownActor => ({ kind: 'user', role, userId }) as never;
const maria = actor('patient', 'maria');
const staff = actor('staff', 'sam');

const receiver = (role: Role, userId: string, more: object = {}) =>
  ({ userId, role, dataKey: KEY, isProxy: false, isDoctorOfPatient: false, ...more }) as ShareState['receiver'];
const doctor = receiver('doctor', 'dora');
const state = (more: Partial<ShareState> = {}): ShareState => ({
  ...{ file: FILE, key: KEY, receiver: doctor, current: undefined, live: 0 },
  ...more,
});
const SHARE: FileShare = {
  ...{ id: 's', fileId: 'f', origin: 'own', sharedBy: 'maria', receiverId: 'dora', createdAt: NOW - DAY },
  ...{ expiresAt: NOW + DAY, revokedAt: null, openedAt: null, openings: 0, version: 1 },
} as never;
const asked = (expiresAt: number | null = null) => ({ id: 'new' as never, expiresAt });
const codeOf = (result: { ok: boolean; error?: { code: string } }) => (result.ok ? 'ok' : result.error?.code);
const share = (who: KnownActor, more: Partial<ShareState> = {}) => shareFile(who, state(more), asked(), LIMITS, NOW);
const CLINICAL = { ...FILE, origin: 'clinic' } as const;

describe('who may share what', () => {
  it('a person every file of theirs, the clinic its documents alone', () => {
    const allowed = ROLES.map((role) => [role, mayShare(actor(role, 'x'), FILE), mayShare(actor(role, 'x'), CLINICAL)]);
    expect(allowed).toEqual([
      ['patient', true, true],
      ['doctor', false, true],
      ['staff', false, true],
      ['admin', false, true],
    ]);
    const key = { kind: 'api_key', role: 'patient', userId: 'maria', scopes: ['read:own_files'] };
    expect(mayShare(key as never, FILE)).toBe(false);
  });

  it('a person with any doctor or with who acts for them; the clinic with the person, who acts for them, and their doctors', () => {
    const kinds = {
      'the person': receiver('patient', 'maria'),
      'who acts for them': receiver('patient', 'ana', { isProxy: true }),
      'their doctor': receiver('doctor', 'dora', { isDoctorOfPatient: true }),
      'another doctor': doctor,
      'another patient': receiver('patient', 'paul'),
      staff: receiver('staff', 'sue'),
      'an administrator': receiver('admin', 'al'),
    };
    const receiving = (who: KnownActor) =>
      Object.entries(kinds).flatMap(([kind, one]) => (one && mayReceive(who, FILE, one) ? [kind] : []));
    expect(receiving(maria)).toEqual(['who acts for them', 'their doctor', 'another doctor']);
    expect(receiving(actor('patient', 'ana'))).toEqual(['their doctor', 'another doctor']);
    expect(receiving(staff)).toEqual(['the person', 'who acts for them', 'their doctor']);
    expect(receiving(actor('doctor', 'dora'))).toEqual(['the person', 'who acts for them']);
  });

  it('refuses alike who is unknown and who may not have it', () => {
    for (const one of [undefined, receiver('patient', 'paul'), receiver('patient', 'maria')]) {
      expect(share(maria, { receiver: one })).toEqual({ ok: false, error: { code: 'file_share_receiver_unfit' } });
    }
  });

  it('R53: shares nothing that cannot be opened', () => {
    expect(codeOf(share(maria, { file: { ...FILE, state: 'infected' } }))).toBe('file_not_available');
    expect(codeOf(share(maria, { file: { ...FILE, deletedAt: NOW } }))).toBe('file_not_found');
    expect(codeOf(share(maria, { file: { ...FILE, details: null } }))).toBe('file_damaged');
    expect(codeOf(share(staff))).toBe('file_not_yours');
  });
});

describe('a share', () => {
  it('is made with its end, recorded in the stream of the person, and told to the receiver without a name', () => {
    expect(share(maria)).toMatchObject({
      value: {
        value: { id: 'new', receiverId: 'dora', origin: 'own', expiresAt: NOW + 30 * DAY, version: 1 },
        changes: [{ type: 'file_share.made', parties: { owner: 'maria', receiver: 'dora', isDoctor: true } }],
        audit: [{ type: 'file.shared', stream: 'maria', details: { shareId: 'new', receiverId: 'dora' } }],
        messages: [{ template: 'file-shared', variables: { by: 'patient', isOwn: false }, userId: 'dora' }],
      },
    });
    expect(share(staff, { file: CLINICAL, receiver: receiver('patient', 'maria') })).toMatchObject({
      value: { messages: [{ variables: { by: 'clinic', isOwn: true } }] },
    });
  });

  it('to the same person is renewed: one that goes on without telling again, one that has expired with', () => {
    const live = share(actor('patient', 'ana'), { current: SHARE, live: MAXIMUM_SHARES });
    expect(live).toMatchObject({
      value: {
        value: { id: 's', sharedBy: 'ana', expiresAt: NOW + 30 * DAY, version: 2, createdAt: SHARE.createdAt },
        changes: [{ type: 'file_share.renewed' }],
        messages: [],
      },
    });
    const expired = share(maria, { current: { ...SHARE, expiresAt: NOW } });
    expect(expired).toMatchObject({ value: { value: { id: 's' }, messages: [{ template: 'file-shared' }] } });
  });

  it('is refused when the file is shared too often', () => {
    expect(share(maria, { live: MAXIMUM_SHARES })).toMatchObject({
      error: { code: 'too_many_file_shares', limit: MAXIMUM_SHARES },
    });
  });

  it('ends after now and at the latest when the clinic says', () => {
    fc.assert(
      fc.property(fc.integer({ min: -400 * DAY, max: 400 * DAY }), (ahead) => {
        const end = endOf(NOW + ahead, LIMITS, NOW);
        const fits = ahead > 0 && ahead <= LIMITS.longestMs;
        expect(end).toEqual(
          fits
            ? { ok: true, value: NOW + ahead }
            : { ok: false, error: { code: 'file_share_end_invalid', latest: NOW + LIMITS.longestMs } },
        );
      }),
    );
  });

  it('goes on until the instant of its end, and not from then on', () => {
    expect([NOW - 1, NOW, NOW + 1].map((now) => isLive({ ...SHARE, expiresAt: NOW }, now))).toEqual([
      true,
      false,
      false,
    ]);
    expect(isLive({ ...SHARE, revokedAt: NOW - 2 }, NOW - 1)).toBe(false);
  });
});

describe('ending a share', () => {
  it('is up to the person and who acts for them, and for its own shares to the clinic', () => {
    expect(revokeShare(actor('patient', 'ana'), FILE, SHARE, NOW)).toMatchObject({
      value: {
        changes: [{ type: 'file_share.revoked', share: { revokedAt: NOW, version: 2 } }],
        audit: [{ type: 'file.share_revoked', stream: 'maria' }],
      },
    });
    expect(codeOf(revokeShare(staff, FILE, SHARE, NOW))).toBe('file_share_not_found');
    expect(codeOf(revokeShare(staff, FILE, { ...SHARE, origin: 'clinic' }, NOW))).toBe('ok');
    expect(codeOf(revokeShare(maria, FILE, undefined, NOW))).toBe('file_share_not_found');
  });

  it('twice changes nothing the second time', () => {
    expect(revokeShare(maria, FILE, { ...SHARE, revokedAt: NOW - 1 }, NOW)).toMatchObject({
      value: { changes: [], audit: [] },
    });
  });
});
