/** Appointments in iCalendar: a file of one appointment, and feeds under secret addresses. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import {
  type CalendarFeed,
  type CalendarFeedNotFound,
  createFeed,
  FEED_SECRET_BYTES,
  type FeedScope,
  revokeFeeds,
  type TooManyCalendarFeeds,
} from '../../../domain/scheduling/calendar-feed.ts';
import type { FeedContent } from '../../../domain/scheduling/calendar-ports.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { CalendarFeedId } from '../../../domain/scheduling/ids.ts';
import type { AppointmentFile } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

/** How far back a feed reaches, and how many appointments it shows at most: what is to come has a share of its own. */
const PAST_DAYS = 90;
const MAXIMUM_PAST = 500;
const MAXIMUM_TO_COME = 2000;

/** A new feed with its secret, which is shown only this once. */
export interface NewFeed {
  readonly feed: CalendarFeed;
  readonly secret: string;
}

export function makeFeed(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  scope: FeedScope,
  represent: (created: NewFeed) => Representation,
) {
  const secret = toBase64Url(deps.random.bytes(FEED_SECRET_BYTES));
  const feed: CalendarFeed = {
    id: newId<'calendar_feed'>(deps, context.now),
    userId: actor.userId,
    scope,
    secretHash: sha256(utf8(secret)),
    createdAt: context.now,
  };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        deps.loads.calendar.liveFeeds(actor.userId),
        scope.kind === 'doctor' ? deps.loads.scheduling.doctor(scope.doctorId) : deps.loads.none,
      ],
      decide: (
        live,
        doctor,
      ): Result<
        Decision<StoredSchedulingChange, NewFeed>,
        TooManyCalendarFeeds | ProcessingRestricted | DoctorNotFound
      > => {
        if (scope.kind === 'doctor' && doctor === undefined) return refuse({ code: 'doctor_not_found' });
        const changes = createFeed(feed, live);
        if (!changes.ok) return changes;
        return ok(
          decided({
            value: { feed, secret },
            changes: changes.value,
            audit: [
              {
                type: 'calendar_feed.created',
                stream: actor.userId,
                outcome: 'success',
                resource: { type: 'calendar_feed', id: feed.id },
                details: scope.kind === 'own' ? {} : { scope: scope.kind, ...shownDoctor(scope) },
              },
            ],
            messages: [
              {
                template: 'credential-made',
                variables: { what: 'calendar_feed' },
                userId: actor.userId,
                dataKey: actor.dataKey,
              },
            ],
          }),
        );
      },
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

function shownDoctor(scope: FeedScope): { readonly doctorId?: UserId } {
  return scope.kind === 'doctor' ? { doctorId: scope.doctorId } : {};
}

/** @param id `null` for all feeds of the caller */
export function dropFeeds(deps: Deps, context: Context, actor: KnownActor, id: CalendarFeedId | null) {
  return execute(deps, context, {
    loads: [deps.loads.calendar.liveFeeds(actor.userId)],
    decide: (live): Result<Decision<StoredSchedulingChange, void>, CalendarFeedNotFound> => {
      const changes = revokeFeeds(live, id, context.now);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: changes.value.flatMap((change) =>
            change.type === 'calendar_feed.revoked'
              ? [
                  {
                    type: 'calendar_feed.revoked' as const,
                    stream: actor.userId,
                    outcome: 'success' as const,
                    resource: { type: 'calendar_feed', id: change.feedId },
                  },
                ]
              : [],
          ),
        }),
      );
    },
  });
}

/** The content of the feed with this secret. The read is recorded in its owner's stream. A revoked feed is not found. */
export async function readFeed(
  deps: Deps,
  context: Context,
  secret: string,
): Promise<Result<FeedContent, CalendarFeedNotFound>> {
  const entry = recordEvent(deps, context, { type: 'calendar_feed.read', stream: 'system', outcome: 'success' });
  const from = context.now - PAST_DAYS * MILLISECONDS_PER_DAY;
  const limits = { from, now: context.now, past: MAXIMUM_PAST, toCome: MAXIMUM_TO_COME };
  const load = deps.loads.calendar.feedRead(sha256(utf8(secret)), limits);
  const content = await deps.database.loadRecorded(load, [entry]);
  return content === undefined ? refuse({ code: 'calendar_feed_not_found' }) : ok(content);
}

/** Reads one appointment for a calendar file. Recorded as an export. */
export async function exportAppointment(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AppointmentId,
): Promise<Result<AppointmentFile, { readonly code: 'appointment_not_found' }>> {
  const entry = recordEvent(deps, context, {
    type: 'appointment.exported',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'appointment', id },
  });
  const load = deps.loads.scheduling.appointmentFileRead(id, viewerOf(actor, context));
  const file = await deps.database.loadRecorded(load, [entry]);
  return file === undefined ? refuse({ code: 'appointment_not_found' }) : ok(file);
}
