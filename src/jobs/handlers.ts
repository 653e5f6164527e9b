/** The handler of each job topic. Calls use cases only. */

import { SCAN_FILE } from '../../domain/files/scan.ts';
import { MAKE_THUMBNAILS, THUMBNAIL_MS } from '../../domain/files/thumbnail.ts';
import { SEND_ALERT } from '../../domain/notifications/alert.ts';
import { SENDING_CHANNELS } from '../../domain/notifications/categories.ts';
import { DELIVER_NOTIFICATION, deliveryTopic } from '../../domain/notifications/routing.ts';
import { DELETE_FILES, REWRITE_KEYS } from '../../domain/privacy/erasure.ts';
import { FINISH_MERGE } from '../../domain/privacy/merge.ts';
import { SEND_DIGESTS } from '../../domain/scheduling/digest.ts';
import type { ClaimedJob, Outbox, Spending } from '../../domain/shared/outbox.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { DELIVER_WEBHOOK } from '../../domain/webhooks/delivery.ts';
import { continueVerification, VERIFY_AUDIT } from '../app/audit/verifications.ts';
import type { Context, Deps } from '../app/context.ts';
import { abandonScan, scanFile } from '../app/files/scan.ts';
import { makeThumbnails } from '../app/files/thumbnails.ts';
import { MAIL_VERIFICATION, mailVerification } from '../app/identity/accounts.ts';
import { TIDY_AVATAR, tidyAvatar } from '../app/identity/avatars.ts';
import { continueAlert } from '../app/notifications/alerts.ts';
import { type Accepted, abandonDelivery, type DeliveryDeps, sendDelivery } from '../app/notifications/deliver.ts';
import type { JobOutcome } from '../app/notifications/outcome.ts';
import { PLAN_REMINDERS, PLAN_REMINDERS_OF } from '../app/notifications/reminder-jobs.ts';
import { planAllReminders, planReminders } from '../app/notifications/reminders.ts';
import { abandonNotification, routeNotification } from '../app/notifications/route.ts';
import { deleteFiles } from '../app/privacy/erase.ts';
import { MAKE_EXPORT, makeExport } from '../app/privacy/exports.ts';
import { finishMerge } from '../app/privacy/merge.ts';
import { CONTINUE_REBOOKING } from '../app/scheduling/affected.ts';
import { TELL_DELAY, tellWaiting } from '../app/scheduling/delays.ts';
import { continueDigests } from '../app/scheduling/digests.ts';
import { EXPIRE_OFFER, MATCH_DEFERRED, MATCH_WAITLIST } from '../app/scheduling/freed-time-jobs.ts';
import { MATCH_ALL_DOCTORS, matchAllDoctors } from '../app/scheduling/opened-time-jobs.ts';
import { continueRebooking } from '../app/scheduling/rebooking-jobs.ts';
import { EXPIRE_REQUEST, expireRequest } from '../app/scheduling/requests.ts';
import { END_UNSERVED, endUnserved } from '../app/scheduling/unserved-jobs.ts';
import { expireWaitlistOffer, matchDeferred, matchWaitlist } from '../app/scheduling/waitlist-jobs.ts';
import { abandonWebhook, deliverWebhook } from '../app/webhooks/deliver.ts';
import { type Acceptances, keepAccepted, SENDING_LEASE_SECONDS } from './acceptances.ts';

type Handler = (payload: Readonly<Record<string, string>>, context: Context, job: ClaimedJob) => Promise<JobOutcome>;

/** Lease of a file that is being scanned. */
const SCANNING_LEASE_SECONDS = 15 * 60;

const DONE: JobOutcome = { kind: 'done' };

/** @returns the handlers by topic; a topic without one is given up */
export function jobHandlers(
  deps: Deps & DeliveryDeps,
  outbox: Outbox,
  acceptances: Acceptances,
  rewriteKeys: (() => Promise<void>) | null,
): Readonly<Record<string, Handler>> {
  return {
    [DELIVER_NOTIFICATION]: (payload, context) => routeNotification(deps, context, payload.notificationId ?? ''),
    ...Object.fromEntries(
      SENDING_CHANNELS.map((channel) => [deliveryTopic(channel), sendingHandler(deps, outbox, acceptances)]),
    ),
    [DELIVER_WEBHOOK]: (payload, context) => deliverWebhook(deps, context, payload.deliveryId ?? ''),
    [SCAN_FILE]: (payload, context, job) =>
      scanFile(deps, context, payload.fileId ?? '', {
        attempts: job.attempts,
        begin: () => outbox.hold(job, deps.clock.now(), SCANNING_LEASE_SECONDS),
      }),
    [MAKE_THUMBNAILS]: (payload, context, job) =>
      makeThumbnails(deps, context, payload.fileId ?? '', {
        attempts: job.failures + job.unended,
        begin: () => outbox.hold(job, deps.clock.now(), THUMBNAIL_MS / 1000),
      }),
    [MATCH_WAITLIST]: async (payload, context) => outcomeOf(await matchWaitlist(deps, context, payload)),
    [MATCH_DEFERRED]: async (payload, context) => outcomeOf(await matchDeferred(deps, context, payload)),
    [MATCH_ALL_DOCTORS]: async (payload, context) => outcomeOf(await matchAllDoctors(deps, context, payload)),
    [END_UNSERVED]: async (payload, context) => outcomeOf(await endUnserved(deps, context, payload)),
    [EXPIRE_OFFER]: async (payload, context) => outcomeOf(await expireWaitlistOffer(deps, context, payload)),
    [EXPIRE_REQUEST]: async (payload, context) => outcomeOf(await expireRequest(deps, context, payload)),
    [CONTINUE_REBOOKING]: async (payload, context) => outcomeOf(await continueRebooking(deps, context, payload)),
    [PLAN_REMINDERS]: (payload, context) => planReminders(deps, context, payload),
    [PLAN_REMINDERS_OF]: (payload, context) => planAllReminders(deps, context, payload),
    [SEND_ALERT]: async (payload, context) => outcomeOf(await continueAlert(deps, context, payload)),
    [SEND_DIGESTS]: async (payload, context) => outcomeOf(await continueDigests(deps, context, payload)),
    [TELL_DELAY]: async (payload, context) => outcomeOf(await tellWaiting(deps, context, payload)),
    [MAKE_EXPORT]: async ({ exportId = '', userId = '' }, context) => {
      await makeExport(deps, context, { exportId, userId });
      return DONE;
    },
    [FINISH_MERGE]: async (payload, context) =>
      (await finishMerge(deps, context, payload)) ? DONE : { kind: 'retry', at: null, error: 'contended' },
    [VERIFY_AUDIT]: async ({ verificationId = '', version }, context) => {
      await continueVerification(deps, context, verificationId, version);
      return DONE;
    },
    [MAIL_VERIFICATION]: async ({ userId = '' }, context) => {
      await mailVerification(deps, context, userId);
      return DONE;
    },
    [TIDY_AVATAR]: async (payload, { now }, { notBefore }) => {
      // A queue whose clock is ahead calls early, when the picture may be stored and not yet noted.
      if (now < notBefore) return { kind: 'retry', at: notBefore, error: 'early' };
      await tidyAvatar(deps, payload);
      return DONE;
    },
    [REWRITE_KEYS]: async () => {
      await rewriteKeys?.();
      return DONE;
    },
    [DELETE_FILES]: async (payload) => {
      await deleteFiles(deps, payload);
      return DONE;
    },
  };
}

function sendingHandler(deps: Deps & DeliveryDeps, outbox: Outbox, acceptances: Acceptances): Handler {
  return (payload, context, job) => {
    const keep = (by: Accepted) => keepAccepted(acceptances, job, by, deps.clock.now());
    const accepted = acceptances.get(job.id);
    if (accepted !== undefined) keep(accepted);
    const begin = async (spending: Spending) => {
      const { held, over } = await outbox.spend([job], spending, deps.clock.now(), SENDING_LEASE_SECONDS);
      return over.has(job.id) ? 'over' : held.has(job.id) ? 'held' : 'lost';
    };
    return sendDelivery(deps, context, payload.deliveryId ?? '', { accepted, begin, keep });
  };
}

/** What becomes of the work of a job that is given up; nothing for most topics. */
export async function abandon(
  deps: Deps & DeliveryDeps,
  context: Context,
  job: ClaimedJob,
  error: string,
): Promise<boolean> {
  const { id, attempts, topic, payload } = job;
  if (topic === DELIVER_NOTIFICATION) {
    await abandonNotification(deps, context, payload.notificationId ?? '', { id, attempts, error });
    return true;
  }
  if (topic === DELIVER_WEBHOOK) {
    await abandonWebhook(deps, context, payload.deliveryId ?? '', { id, attempts, error });
    return true;
  }
  if (topic === SCAN_FILE) await abandonScan(deps, context, payload.fileId ?? '');
  if (!SENDING_CHANNELS.some((channel) => deliveryTopic(channel) === topic)) return false;
  await abandonDelivery(deps, context, payload.deliveryId ?? '', { id, attempts, error });
  return true;
}

/** @param retryAt when to retry; `undefined` if the job is done */
function outcomeOf(retryAt: Instant | undefined): JobOutcome {
  return retryAt === undefined ? DONE : { kind: 'retry', at: null, error: 'contended' };
}
