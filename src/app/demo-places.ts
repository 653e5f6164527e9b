/** Where the demo clinic sees its patients, with what, and for what. Each step is done once. */
import type { Location, LocationId } from '../../domain/scheduling/location.ts';
import { NO_PATIENT_LIMITS } from '../../domain/scheduling/patient-limits.ts';
import type { ZoneId } from '../../domain/shared/zone.ts';
import type { Context, Deps } from './context.ts';
import { LOCATIONS, RESOURCES, TYPES } from './demo-clinic.ts';
import { capture } from './demo-steps.ts';
import { createType } from './scheduling/catalogue.ts';
import { addLocation, addResource } from './scheduling/places.ts';

export type DemoLocations = Readonly<Record<keyof typeof LOCATIONS, LocationId>>;

export async function ensureLocations(deps: Deps, context: Context): Promise<DemoLocations> {
  const [existing] = await deps.database.load(deps.loads.scheduling.locations());
  const ensure = async ({ timezone, ...settings }: (typeof LOCATIONS)[keyof typeof LOCATIONS]) => {
    const found = existing.find(({ name }) => name === settings.name);
    const location =
      found ??
      (await capture<Location>((represent) =>
        addLocation(deps, context, { ...settings, timezone: timezone as ZoneId }, represent),
      ));
    return location.id;
  };
  return { river: await ensure(LOCATIONS.river), downtown: await ensure(LOCATIONS.downtown) };
}

export async function ensureResources(deps: Deps, context: Context, locations: DemoLocations): Promise<void> {
  const [existing] = await deps.database.load(deps.loads.scheduling.resources());
  for (const { location, kind, name } of RESOURCES) {
    const locationId = locations[location];
    if (existing.some((resource) => resource.name === name && resource.locationId === locationId)) continue;
    await capture((represent) => addResource(deps, context, { kind, name, locationId, active: true }, represent));
  }
}

/** As a clinic that chooses nothing has it. */
const PLAIN = {
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  minimumNoticeMinutes: 60,
  horizonDays: 90,
  slotIntervalMinutes: 15,
  dailyLimit: null,
  capacity: 1,
  requires: [],
  visitModes: ['in_person'],
  bookableBy: 'everyone',
  requiresApproval: false,
  questions: [],
  doctorIds: null,
  sameDayFrom: null,
  ...NO_PATIENT_LIMITS,
  cancelNoticeMinutes: null,
  rescheduleNoticeMinutes: null,
  active: true,
} as const;

export async function ensureTypes(deps: Deps, context: Context): Promise<void> {
  const [existing] = await deps.database.load(deps.loads.scheduling.appointmentTypes());
  for (const [code, type] of Object.entries(TYPES)) {
    if (existing.some((known) => known.code === code)) continue;
    await capture((represent) => createType(deps, context, { ...PLAIN, ...type, code }, represent));
  }
}
