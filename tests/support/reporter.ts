/** Says at the end of a run which tests were left out, why, and how to run them. */
import type { Reporter, TestModule } from 'vitest/node';
import { FULL_ONLY } from './suites.ts';

export const leftOutReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    );
    for (const line of skipped) console.log(`  skipped  ${line}`);
    if (process.env.TEST_SIZE === 'full') return;
    console.log(`  Not run  ${FULL_ONLY.join(', ')}; property tests ran a tenth of their cases.`);
    console.log('           npm run test:full runs them all.\n');
  },
};
