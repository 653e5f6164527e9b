import { describe, expect, test } from 'vitest';
import { createApp } from '../../../src/http/app.ts';
import { GROUP_NAMES, GROUPS } from '../../../src/http/groups.ts';
import { groupAt } from '../../../src/http/paths.ts';
import { newApp } from '../../../src/http/router.ts';
import { OPERATIONS } from '../../support/operations.ts';

const at = (path: string) => groupAt(new Request(`https://portal.example${path}`));

describe('groups of routes', () => {
  test('each operation is in the group that serves its path', async () => {
    const misplaced: string[] = [];
    for (const name of GROUP_NAMES) {
      const app = newApp(async () => []);
      for (const declare of await GROUPS[name]()) declare(app);
      for (const { key, path } of app.operations) {
        if (at(path.replaceAll(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000000')) !== name) misplaced.push(key);
      }
    }
    expect(misplaced).toEqual([]);
  });

  test('a path that nothing serves has no group, whatever it begins with', () => {
    for (const path of [
      '/nothing',
      '/api/v1/nothing',
      '/api/v1/appointments/a/nothing',
      '/api/v1//appointments',
      '/api',
    ]) {
      expect(at(path)).toBeUndefined();
    }
  });

  test('an encoded path has the group of what it stands for, as in the router', () => {
    expect(at('/api/v1/appointment%73')).toBe(at('/api/v1/appointments'));
  });

  test('an application names all operations once, whichever group was loaded before', async () => {
    const keys = (await createApp().operations()).map(({ key }) => key);
    expect(keys.length).toBe(OPERATIONS.length);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
