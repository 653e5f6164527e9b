/** Translates changes into SQL, with the writers of all contexts. */
import type { Change } from '../../../domain/changes.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { auditWriters } from '../audit/changes.ts';
import type { Sql } from '../driver/sql.ts';
import { identityWriters } from '../identity/changes.ts';
import { mfaWriters } from '../mfa/changes.ts';
import { notificationWriters } from '../notifications/notifications.ts';
import { privacyWriters } from '../privacy/changes.ts';
import { schedulingWriters } from '../scheduling/changes.ts';
import { webhookWriters } from '../webhooks/changes.ts';
import type { ChangeWriters } from './change-writer.ts';

const WRITERS: ChangeWriters<Change> = {
  ...auditWriters,
  ...identityWriters,
  ...mfaWriters,
  ...notificationWriters,
  ...privacyWriters,
  ...schedulingWriters,
  ...webhookWriters,
};

export function statementsOf(change: Change, cipher: FieldCipher, index: BlindIndex): Sql[] {
  const write = WRITERS[change.type] as (change: Change, cipher: FieldCipher, index: BlindIndex) => Sql[];
  return write(change, cipher, index);
}
