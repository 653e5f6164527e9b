/** Seeds the demo clinic at start-up, and stores what an interrupted start needs to continue. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Deps } from '../app/context.ts';
import { type DemoLogin, type DemoPlan, newDemoPlan, seedDemo } from '../app/demo.ts';

export interface DemoClinic {
  readonly logins: readonly DemoLogin[];
  /** Call it after the logins were shown. Until then, the next start shows them again. */
  shown(): Promise<void>;
}

/**
 * @param isEmpty whether the database has no users yet
 * @returns no logins if the database is not empty and no seeding was interrupted
 */
export async function ensureDemoClinic(
  deps: Deps,
  dataDir: string,
  isEmpty: boolean,
  tell: (step: string) => void,
): Promise<DemoClinic> {
  const path = `${dataDir}/demo-in-progress.json`;
  const interrupted = await readPlan(path);
  if (!isEmpty && interrupted === undefined) return { logins: [], shown: async () => {} };
  const plan = interrupted ?? newDemoPlan(deps);
  if (interrupted === undefined) {
    await writeFile(`${path}.new`, JSON.stringify(plan), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
  return { logins: await seedDemo(deps, plan, tell), shown: () => rm(path, { force: true }) };
}

async function readPlan(path: string): Promise<DemoPlan | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DemoPlan;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return undefined;
  }
}
