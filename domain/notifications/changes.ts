/** The changes of notifications. */

import type { NotificationId } from '../shared/ids.ts';
import type { AnyMessageDraft, MessageCategory } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';

export type NotificationChange =
  | {
      readonly type: 'notification.queued';
      readonly id: NotificationId;
      readonly message: AnyMessageDraft;
      readonly category: MessageCategory;
      readonly channel: 'email' | 'sms';
      readonly sendAt: Instant;
      readonly createdAt: Instant;
    }
  | {
      readonly type: 'notification.sent';
      readonly id: NotificationId;
      readonly providerId: string | null;
      readonly at: Instant;
    }
  /** Not sent, because its appointment changed or its receiver closed the account (R51). */
  | { readonly type: 'notification.skipped'; readonly id: NotificationId; readonly why: string; readonly at: Instant }
  | {
      readonly type: 'notification.failed';
      readonly id: NotificationId;
      readonly error: string;
      /** Whether it counts as an attempt. */
      readonly counted: boolean;
      /** When to try again; `null` gives up. */
      readonly retryAt: Instant | null;
      readonly at: Instant;
    };
