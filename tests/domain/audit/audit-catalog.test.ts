import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AUDIT_CATALOG, AUDIT_EVENT_TYPES, isAuditEventType } from '../../../domain/shared/audit-catalog.ts';

describe('audit catalogue (R46)', () => {
  it.each(AUDIT_EVENT_TYPES.map((type) => [type, AUDIT_CATALOG[type]] as const))('%s is well formed', (type, kind) => {
    expect(type).toMatch(/^[a-z_]+(\.[a-z_]+)?$/);
    expect(kind.text).toMatch(/^[A-Z].*\.$/);
    expect(kind.text.replaceAll('{actor}', '')).not.toMatch(/[{}]/);
  });

  it('holds no type that nothing records', async () => {
    const sources: string[] = [];
    for (const folder of ['domain', 'src', 'tools']) {
      for (const path of await readdir(folder, { recursive: true })) {
        if (!path.endsWith('.ts') || path.endsWith('audit-catalog.ts')) continue;
        sources.push(await readFile(`${folder}/${path}`, 'utf8'));
      }
    }
    const code = sources.join('\n');
    expect(AUDIT_EVENT_TYPES.filter((type) => !code.includes(`'${type}'`))).toEqual([]);
  });

  it('counts what leaves the portal as access, and reading never as a modification', () => {
    for (const type of AUDIT_EVENT_TYPES) {
      const { category, action, dataExported } = AUDIT_CATALOG[type];
      if (dataExported) expect([type, action]).toEqual([type, 'read']);
      if (category === 'data_modification') expect([type, action]).not.toEqual([type, 'read']);
    }
  });

  it('knows its own types and nothing of Object.prototype', () => {
    expect(isAuditEventType('appointment.booked')).toBe(true);
    expect(isAuditEventType('appointment.unknown')).toBe(false);
    expect(isAuditEventType('toString')).toBe(false);
    expect(isAuditEventType('__proto__')).toBe(false);
  });
});
