/** Reports at the end of a run which tests were skipped, why, and how to run them. */
import type { Reporter, TestModule } from 'vitest/node';
import { FULL_ONLY } from './suites.ts';

export const leftOutReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    for (const module of modules) {
      const skipped = [...module.children.allTests('skipped')];
      // The name of the suite contains the reason.
      const suites = new Set(skipped.map((test) => (test.parent.type === 'suite' ? test.parent.fullName : test.name)));
      for (const name of suites) console.log(`  Skipped  ${module.relativeModuleId}: ${name}`);
    }
    if (process.env.TEST_SIZE === 'full') return;
    console.log(`  Not run  ${FULL_ONLY.join(', ')}; property tests ran a tenth of their cases.`);
    console.log('           npm run test:full runs them all.\n');
  },
};
