import { describe, expect, it } from 'vitest';
import type { KeyedFile, PatientFile } from '../../../domain/files/file.ts';
import { accessOf, deleteFile, editFile, mayChange, openFile, restoreFile } from '../../../domain/files/life.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const KEY = { ownerId: 'p', ringKeyId: 'r', wrapped: new Uint8Array() };
const FILE: PatientFile = {
  ...{
    id: 'f' as never,
    ownerId: 'p' as never,
    uploadedBy: 'p' as never,
    origin: 'own',
    kind: 'other',
    state: 'clean',
  },
  ...{ mimeType: 'text/plain', sizeBytes: 1, appointmentId: null, fileKey: '00', thumbnails: null, version: 3 },
  details: { name: 'a.txt', description: 'x', tags: ['a'], sha256: 'a'.repeat(64), finding: null },
  ...{ createdAt: NOW, completedAt: NOW, scannedAt: NOW, deletedAt: null, uploadExpiresAt: NOW },
};
const keyed = (more: Partial<PatientFile> = {}): KeyedFile => ({ file: { ...FILE, ...more }, key: KEY });

function actor(role: Role, userId = 'p', scopes?: readonly Permission[]): KnownActor {
  const common = { userId: userId as never, role, dataKey: KEY };
  if (scopes !== undefined) return { ...common, kind: 'api_key', apiKeyId: 'k' as never, scopes };
  return {
    ...{ ...common, kind: 'user', sessionId: 's' as never, authenticatedAt: NOW, amr: [], remembered: false },
    ...{ mfaEnabled: false, mfaEnrolmentRequired: false, lacksFactor: false },
  };
}

const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) =>
  result.ok ? 'ok' : result.error.code;
const [patient, staff] = [actor('patient'), actor('staff', 's')];

describe('who may change a file', () => {
  it('the person and proxies what they have added, the clinic what it has', () => {
    const clinics = { origin: 'clinic' } as const;
    const own = { origin: 'own' } as const;
    expect([mayChange(patient, own), mayChange(actor('patient', 'proxy'), own), mayChange(patient, clinics)]).toEqual([
      true,
      true,
      false,
    ]);
    for (const role of ['doctor', 'staff', 'admin'] as const) {
      expect([role, mayChange(actor(role, 'x'), own), mayChange(actor(role, 'x'), clinics)]).toEqual([
        role,
        false,
        true,
      ]);
    }
    expect(mayChange(actor('patient', 'p', ['read:own_files']), own)).toBe(false);
    expect(mayChange(actor('staff', 's', ['read:patient_records']), clinics)).toBe(false);
  });
});

describe('describing a file', () => {
  it('changes what is named, and says which', () => {
    expect(editFile(patient, keyed(), { tags: ['b'], kind: 'imaging' }, 3)).toMatchObject({
      ok: true,
      value: {
        value: { kind: 'imaging', version: 4, details: { description: 'x', tags: ['b'] } },
        audit: [{ type: 'file.updated', details: { fields: 'kind tags' } }],
      },
    });
    expect(editFile(patient, keyed(), { description: null }, null)).toMatchObject({
      value: { value: { details: { description: null } } },
    });
  });

  it('is refused for another version, for the other side, and while it is uploaded or deleted', () => {
    expect(codeOf(editFile(patient, keyed(), {}, 2))).toBe('stale_version');
    expect(codeOf(editFile(staff, keyed(), {}, 3))).toBe('file_not_yours');
    expect(codeOf(editFile(patient, keyed({ deletedAt: NOW }), {}, 3))).toBe('file_not_found');
    expect(codeOf(editFile(patient, keyed({ completedAt: null }), {}, 3))).toBe('file_not_found');
    expect(codeOf(editFile(patient, keyed({ details: null }), {}, 3))).toBe('file_damaged');
  });
});

describe('deleting a file', () => {
  it('hides it, and restoring shows it again', () => {
    const deleted = deleteFile(patient, { file: FILE, isHeld: false }, 3, NOW);
    expect(deleted).toMatchObject({ ok: true, value: { value: { deletedAt: NOW, version: 4 } } });
    expect(restoreFile(patient, keyed({ deletedAt: NOW, version: 4 }))).toMatchObject({
      value: { value: { deletedAt: null, version: 5 } },
    });
    expect(restoreFile(patient, keyed())).toMatchObject({ value: { changes: [], audit: [] } });
  });

  it('a hold keeps documents of the clinic, and not what the person has added', () => {
    const clinics = { ...FILE, origin: 'clinic' } as const;
    expect(codeOf(deleteFile(staff, { file: clinics, isHeld: true }, null, NOW))).toBe('file_under_hold');
    expect(codeOf(deleteFile(staff, { file: clinics, isHeld: false }, null, NOW))).toBe('ok');
    expect(codeOf(deleteFile(patient, { file: FILE, isHeld: true }, null, NOW))).toBe('ok');
    expect(codeOf(deleteFile(patient, { file: FILE, isHeld: false }, 2, NOW))).toBe('stale_version');
    expect(codeOf(deleteFile(staff, { file: FILE, isHeld: false }, null, NOW))).toBe('file_not_yours');
    expect(codeOf(restoreFile(staff, keyed({ deletedAt: NOW })))).toBe('file_not_yours');
  });
});

const OWN = { purpose: 'own', shareId: null, at: NOW } as const;

describe('opening a file', () => {
  it('R53: only a clean one that is not deleted and not damaged', () => {
    for (const state of ['uploading', 'scanning', 'infected', 'unscannable'] as const) {
      expect(openFile({ ...FILE, state }, OWN)).toEqual({ ok: false, error: { code: 'file_not_available', state } });
    }
    expect(codeOf(openFile({ ...FILE, deletedAt: NOW }, OWN))).toBe('file_not_found');
    expect(codeOf(openFile({ ...FILE, details: null }, OWN))).toBe('file_damaged');
    expect(openFile(FILE, { ...OWN, purpose: 'clinic' }, () => ({ firstByte: 0, lastByte: 1 }))).toMatchObject({
      value: {
        audit: [{ type: 'file.downloaded', stream: 'p', details: { purpose: 'clinic', firstByte: 0, lastByte: 1 } }],
      },
    });
  });

  it('says why: one’s own, for the patient, for the clinic, or by a share', () => {
    const purpose = (role: Role, userId: string, shareId: string | null = null) =>
      accessOf({ role, userId: userId as never }, FILE, shareId as never, NOW).purpose;
    expect([purpose('patient', 'p'), purpose('patient', 'x'), purpose('doctor', 'x')]).toEqual([
      'own',
      'proxy',
      'clinic',
    ]);
    expect([purpose('patient', 'p', 's'), purpose('patient', 'x', 's'), purpose('doctor', 'x', 's')]).toEqual([
      'own',
      'share',
      'share',
    ]);
  });

  it('by a share counts on the share, which must go on at that moment', () => {
    const shareId = 's' as never;
    expect(openFile(FILE, { purpose: 'share', shareId, at: NOW })).toMatchObject({
      value: {
        changes: [{ type: 'file.opened' }, { type: 'file_share.opened', id: shareId, at: NOW }],
        audit: [{ details: { purpose: 'share', shareId } }],
      },
    });
  });
});
