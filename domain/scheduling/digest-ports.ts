/** What is read for daily digests. */
import type { Load } from '../shared/changes.ts';
import type { DigestPortion } from './digest.ts';
import type { DigestDay, DigestState } from './digest-day.ts';

export interface DigestLoads {
  readonly state: Load<DigestState>;
  /** `undefined` if everybody was told, or if digests of a later day have begun. */
  portion(day: DigestDay): Load<DigestPortion | undefined>;
}
