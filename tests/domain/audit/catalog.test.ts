import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUDIT_CATALOG, AUDIT_EVENT_TYPES, isAuditEventType } from '../../../domain/audit-catalog.ts';

describe('audit catalogue (R46)', () => {
  it.each(AUDIT_EVENT_TYPES.map((type) => [type, AUDIT_CATALOG[type]] as const))('%s is well formed', (type, kind) => {
    expect(type).toMatch(/^[a-z_]+(\.[a-z_]+)?$/);
    expect(kind.text).toMatch(/^[A-Z].*\.$/);
    expect(kind.text.replaceAll('{actor}', '')).not.toMatch(/[{}]/);
  });

  it('unites the tables of all contexts, and no two contexts declare the same type', async () => {
    const declared: string[] = [];
    for (const context of await readdir('domain')) {
      const path = resolve('domain', context, 'audit-events.ts');
      if (!existsSync(path)) continue;
      const tables: Readonly<Record<string, object>> = await import(path);
      declared.push(...Object.values(tables).flatMap(Object.keys));
    }
    expect(declared.sort()).toEqual([...AUDIT_EVENT_TYPES].sort());
  });

  it('holds no type that nothing records', async () => {
    const sources: string[] = [];
    for (const folder of ['domain', 'src', 'tools']) {
      for (const path of await readdir(folder, { recursive: true })) {
        if (!path.endsWith('.ts') || (folder === 'domain' && path.endsWith('/audit-events.ts'))) continue;
        sources.push(await readFile(`${folder}/${path}`, 'utf8'));
      }
    }
    const code = sources.join('\n');
    expect(AUDIT_EVENT_TYPES.filter((type) => !code.includes(`'${type}'`))).toEqual([]);
  });

  it('declares each export as a read, and no modification as a read', () => {
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
