/** Reading and changing the settings of the clinic. */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  type Clinic,
  changeClinic,
  differences,
  type GivenSettings,
} from '../../../domain/scheduling/clinic-settings.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { ClinicLimits } from '../../../domain/scheduling/policy.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { policyOf } from './actors.ts';

/** With all limits: those that the clinic has not chosen are the environment's. */
export type EffectiveClinic = Clinic & { readonly limits: ClinicLimits };

export async function readClinic(deps: Deps): Promise<EffectiveClinic> {
  const [clinic] = await deps.database.load(deps.loads.scheduling.clinic());
  return effective(deps, clinic);
}

export function effective(deps: Deps, clinic: Clinic): EffectiveClinic {
  const { cancelNoticeMinutes, rescheduleNoticeMinutes, maximumReschedules, ...rest } = policyOf(deps, clinic.limits);
  const { checkInOpensMinutes, noShowAfterMinutes, offerMinutes, parentalAgeLimit } = rest;
  return {
    ...clinic,
    limits: {
      cancelNoticeMinutes,
      rescheduleNoticeMinutes,
      maximumReschedules,
      checkInOpensMinutes,
      noShowAfterMinutes,
      offerMinutes,
      parentalAgeLimit,
    },
  };
}

/** The first change stores all limits: from then on, those of the environment are not looked at. */
export function updateClinic(deps: Deps, context: Context, settings: GivenSettings, expected: ExpectedVersion) {
  return execute(deps, context, {
    loads: [deps.loads.scheduling.clinic()],
    decide: (stored): Result<Decision<StoredSchedulingChange, EffectiveClinic>, StaleVersion | InvalidFields> => {
      const current = effective(deps, stored);
      const changed = changeClinic(current, settings, expected, context.now);
      if (!changed.ok) return changed;
      const { clinic } = changed.value;
      return ok(
        decided({
          value: effective(deps, clinic),
          changes: [changed.value],
          audit: [settingsAudit(current, effective(deps, clinic))],
        }),
      );
    },
  });
}

function capChanges({ dailyCaps: before }: EffectiveClinic, { dailyCaps: after }: EffectiveClinic) {
  return (['email', 'sms', 'push'] as const)
    .filter((channel) => before[channel] !== after[channel])
    .map((channel): [string, string] => [`dailyCaps.${channel}`, `${before[channel]} -> ${after[channel]}`]);
}

/** Names what was changed; of limits and daily caps also the values, which are numbers. Words stay out of the log (ADR 0101). */
export function settingsAudit(before: EffectiveClinic, after: EffectiveClinic): AuditDraft {
  const changed = differences(before, after);
  const isLimit = (name: string): name is keyof ClinicLimits => name in after.limits;
  const limits = changed
    .filter(isLimit)
    .map((name): [string, string] => [name, `${before.limits[name]} -> ${after.limits[name]}`]);
  return {
    type: 'clinic.settings_updated',
    stream: 'system',
    outcome: 'success',
    resource: { type: 'clinic_settings', id: 'clinic' },
    details: { changed: changed.join(' '), ...Object.fromEntries([...limits, ...capChanges(before, after)]) },
  };
}
