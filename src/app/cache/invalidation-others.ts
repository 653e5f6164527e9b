/** What the changes of messages, files, the audit log and webhooks make stale: see `invalidation.ts`. */
import type { Change } from '../../../domain/changes.ts';
import type { CacheKind } from './kinds.ts';
import type { Say } from './say.ts';

const NOTIFICATIONS = {
  'alert.created': 'nothing',
  'alert.portion_told': 'nothing',
  'delivery.begun': 'nothing',
  'delivery.failed': 'nothing',
  'delivery.held': 'nothing',
  'delivery.redriven': 'nothing',
  'delivery.reported': 'nothing',
  'delivery.rerouted': 'nothing',
  'delivery.sent': 'nothing',
  'delivery.skipped': 'nothing',
  'notification.abandoned': 'nothing',
  'notification.queued': 'nothing',
  'notification.redriven': 'nothing',
  'notification.routed': ({ isListed, userId }) => (isListed ? [`inbox:${userId}`] : []),
  'notification.skipped': 'nothing',
  'notifications.read': ({ userId }) => [`inbox:${userId}`],
  'preferences.changed': 'nothing',
  'provider.notices_handled': 'nothing',
  'push_subscription.ended': 'nothing',
  'push_subscription.registered': 'nothing',
  'push_subscription.used': 'nothing',
  'reminders.planned': 'nothing',
  'sending_day.told': 'nothing',
  'suppression.added': 'nothing',
  'suppression.lifted': 'nothing',
  'suppressions.told': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

// The log, files and webhooks are not cached.
const AUDIT = {
  'audit_log.origin_began': 'nothing',
  'audit_log.sealed': 'nothing',
  'audit_log.sealing_resumed': 'nothing',
  'audit_log.sealing_stopped': 'nothing',
  'audit_verification.advanced': 'nothing',
  'audit_verification.finished': 'nothing',
  'audit_verification.requested': 'nothing',
  'checkpoint.published': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const FILES = {
  'download_link.made': 'nothing',
  'download_link.relied_on': 'nothing',
  'file.abandoned': 'nothing',
  'file.append_begun': 'nothing',
  'file.append_ended': 'nothing',
  'file.append_settled': 'nothing',
  'file.attempt_begun': 'nothing',
  'file.begun': 'nothing',
  'file.completed': 'nothing',
  'file.deleted': 'nothing',
  'file.edited': 'nothing',
  'file.object_forgotten': 'nothing',
  'file.opened': 'nothing',
  'file.part_appended': 'nothing',
  'file.parts_stored': 'nothing',
  'file.purged': 'nothing',
  'file.rescan_begun': 'nothing',
  'file.restored': 'nothing',
  'file.scanned': 'nothing',
  'file.thumbnails_begun': 'nothing',
  'file.thumbnails_made': 'nothing',
  'file.thumbnails_queued': 'nothing',
  'file.thumbnails_refused': 'nothing',
  'file.uploader_relied_on': 'nothing',
  'file_share.guessed': 'nothing',
  'file_share.made': 'nothing',
  'file_share.opened': 'nothing',
  'file_share.renewed': 'nothing',
  'file_share.revoked': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const WEBHOOKS = {
  'webhook_delivery.attempted': 'nothing',
  'webhook_delivery.given_up': 'nothing',
  'webhook_delivery.replayed': 'nothing',
  'webhook_endpoint.changed': 'nothing',
  'webhook_endpoint.created': 'nothing',
  'webhook_endpoint.deleted': 'nothing',
  'webhook_endpoint.failed': 'nothing',
  'webhook_endpoint.secret_rotated': 'nothing',
  'webhook_endpoint.worked': 'nothing',
  'webhook_event.sent': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

// Blocks and limits are kept where they are counted.
const PROTECTION = {
  'cache.emptied': ({ kinds }) => kinds.map((kind) => `kind:${kind as CacheKind}` as const),
  'ip_block.lifted': 'nothing',
  'ip_block.made': 'nothing',
  'limits.used': 'nothing',
  'security_finding.closed': 'nothing',
  'security_finding.grown': 'nothing',
  'security_finding.raised': 'nothing',
  'security_findings.told': 'nothing',
  'trusted_addresses.changed': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

export const OTHERS = { ...NOTIFICATIONS, ...AUDIT, ...FILES, ...WEBHOOKS, ...PROTECTION } as const;
