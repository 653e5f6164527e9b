/** Events of the rights of the person concerned: copies, consents, limits, emergency access, retention and erasure. */
import { type AuditDraftOf, type AuditEventKind, access, admin, change } from '../shared/audit-event-kind.ts';

export const PRIVACY_EVENTS = {
  'clinical_record.listed': access(
    'read',
    'high',
    'A list of clinical records kept after erasure was seen by {actor}.',
    'phi',
  ),
  'clinical_record.read': access(
    'read',
    'high',
    'The clinical record that the clinic keeps of you was read by {actor}.',
    'phi',
  ),
  'clinical_hold.placed': change('update', 'high', 'Your clinical record was put under a legal hold by {actor}.'),
  'clinical_hold.lifted': change('update', 'high', 'The legal hold on your clinical record was lifted by {actor}.'),
  'patient.merged': change('update', 'critical', 'Two records of you were merged into one by {actor}.', 'phi'),
  'patient.unmerged': change('update', 'critical', 'The merging of two records of you was undone by {actor}.', 'phi'),
  'patient.merge_previewed': access(
    'read',
    'high',
    'Whether two records of you can be merged was seen by {actor}.',
    'phi',
  ),
  'patient.merges_read': access('read', 'medium', 'Which of your records were merged was seen by {actor}.'),
  'user.erased': change('delete', 'high', 'Your personal data was erased.'),
  'privacy.export_requested': access('execute', 'high', 'A copy of your data was requested by {actor}.'),
  'privacy.export_completed': access('create', 'medium', 'The copy of your data is ready.', 'phi'),
  'privacy.export_interrupted': access(
    'read',
    'medium',
    'The download of the copy of your data was not completed.',
    'phi',
  ),
  'privacy.export_downloaded': access(
    'read',
    'high',
    'The copy of your data was downloaded by {actor}.',
    'phi',
    'export',
  ),
  'consent.given': change('create', 'medium', 'You gave your consent.'),
  'consent.withdrawn': change('update', 'medium', 'You withdrew your consent.'),
  'privacy.export_requested_for': access(
    'execute',
    'critical',
    'A copy of your data was requested for you by {actor}.',
  ),
  'privacy.export_downloaded_for': access(
    'read',
    'critical',
    'The copy of your data was downloaded for you by {actor}.',
    'phi',
    'export',
  ),
  'privacy.rectified_for': change('update', 'high', 'Your profile was corrected for you by {actor}.', 'phi'),
  'emergency_access.opened': access('execute', 'critical', 'Your record was opened in an emergency by {actor}.', 'phi'),
  'emergency_access.reviewed': admin('update', 'high', 'An emergency access to your record was reviewed by {actor}.'),
  'emergency_access.ended': admin('update', 'high', 'An emergency access to your record was ended by {actor}.'),
  'emergency_access.read': admin('read', 'high', 'Emergency accesses to your record were seen by {actor}.', 'phi'),
  'processing_limit.set': change('create', 'high', 'A limit on the use of your data was set by {actor}.'),
  'processing_limit.lifted': change('update', 'high', 'A limit on the use of your data was lifted by {actor}.'),
  'processing_limit.read': access('read', 'medium', 'The limits on the use of your data were seen by {actor}.'),
  'consent.read': access('read', 'medium', 'Your consents were seen by {actor}.'),
  'legal_text.published': admin('create', 'high', 'A legal text was published by {actor}.'),
  'retention.applied': admin('delete', 'high', 'Data was deleted at the end of its retention period.'),
} satisfies Record<string, AuditEventKind>;

export type PrivacyEvent = keyof typeof PRIVACY_EVENTS;
export type AuditDraft = AuditDraftOf<PrivacyEvent>;
