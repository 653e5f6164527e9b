/** Seeds the demo clinic at start-up, and keeps what an interrupted start needs to go on. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Deps } from '../app/context.ts';
import { type DemoLogin, type DemoPlan, newDemoPlan, seedDemo } from '../app/demo.ts';

export interface DemoClinic {
  readonly logins: readonly DemoLogin[];
  /** To be called when the logins were shown: until then the next start would show them again. */
  shown(): Promise<void>;
}

/**
 * @param isEmpty whether the database holds nobody yet
 * @returns no logins where there is neither an empty database nor a seeding to finish
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
