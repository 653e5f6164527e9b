/** Every property test draws the same cases in every run, unless it names a seed of its own. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 20260302 });
