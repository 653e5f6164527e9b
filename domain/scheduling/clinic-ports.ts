/** What is read of the settings of the clinic. */
import type { Load } from '../shared/changes.ts';
import type { Clinic } from './clinic-settings.ts';
import type { ChosenLimits } from './policy.ts';

export interface ClinicLoads {
  clinic(): Load<Clinic>;
  /** For a decision that reads nothing else with the limits. */
  limits(): Load<ChosenLimits>;
}
