/** Problems of a person's rights over their data: copies, restriction, legal holds, emergency access, legal texts. */
import type { EmergencyNotNeeded, EmergencyOver, ReviewRefused } from '../../../domain/privacy/emergency-access.ts';
import type { LegalTextUnknown, LegalVersionExists } from '../../../domain/privacy/legal-text.ts';
import type { MergeRefused, UndoRefused } from '../../../domain/privacy/merge.ts';
import type { LimitInForce, ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import { requestOf } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

export type PrivacyErrorCode =
  | 'export_not_ready'
  | 'record_restricted'
  | 'clinical_hold_exists'
  | 'alias_changed'
  | 'patient_merged'
  | MergeRefused['code']
  | UndoRefused['code']
  | EmergencyNotNeeded['code']
  | EmergencyOver['code']
  | ReviewRefused['code']
  | LegalTextUnknown['code']
  | LegalVersionExists['code']
  | LimitInForce['code']
  | ProcessingRestricted['code'];

export const PRIVACY_PROBLEMS = {
  export_not_ready: kind(409, 'The copy is not ready yet', 'Ask for its status again in a moment.'),
  record_restricted: kind(
    403,
    'The use of this record is restricted',
    'The person has had the processing restricted (GDPR Art. 18): the record is stored but not used. An administrator who has one of the grounds of Art. 18(2) names it in the header X-Access-Ground.',
  ),
  emergency_not_needed: kind(
    409,
    'You may read this record already',
    'Read it as usual: no emergency access is needed.',
  ),
  emergency_access_over: kind(
    409,
    'The access is over already',
    'It has expired or was ended: expiresAt and endedAt say when.',
  ),
  already_reviewed: kind(409, 'It was reviewed already', 'Read it to see who reviewed it and with which result.'),
  own_access: kind(403, 'You cannot review your own access', 'Another administrator has to review it.'),
  limit_in_force: kind(409, 'The same limit is in force already', 'GET the limits of the person to see it.'),
  processing_restricted: kind(
    409,
    'The processing of your data is restricted',
    `While a restriction (GDPR Art. 18) is in force, nothing is made that hands your data to programs or third parties, such as API keys and calendar links. You go on using the portal yourself. ${requestOf('listProcessingLimits')} shows the restriction; the clinic lifts it.`,
  ),
  legal_text_unknown: kind(
    422,
    'There is no such legal text',
    `Only a text that is published and in force can be agreed to. The errors name the existing kinds or versions; ${requestOf('listLegalTexts')} lists them.`,
  ),
  legal_version_exists: kind(
    409,
    'This version is published already, with another text',
    'A published version never changes. Publish the text under a new version.',
  ),
  merge_not_possible: kind(
    409,
    'The two records cannot be merged as they are',
    'obstacles names everything that stands in the way. `alias_has_account`: merge the other way round, or send endAliasAccount. `survivor_without_account`: merge the other way round. `overlapping_appointments`: cancel or move one of each pair in overlaps. `processing_restricted`: lift the restriction first. `legal_hold`: lift the hold first. `proxies_of_each_other`: end the proxy, and make sure that they are one person. `was_doctor`, `same_record`, `too_many_rows`: they cannot be merged; if only the alias has too many rows, merge the other way round.',
  ),
  alias_changed: kind(
    412,
    'The alias was changed meanwhile',
    'Read the alias again, and send its version as aliasVersion; version is the one there is now.',
  ),
  patient_merged: kind(
    410,
    'The record was merged into another one',
    'Use the id in mergedInto: that record has everything this one had.',
  ),
  merge_final: kind(
    409,
    'The merge can no longer be undone',
    'A merge can be undone for a day. Register a new patient, and book for that one.',
  ),
  merge_undone: kind(409, 'The merge was undone already', `${requestOf('listMerges')} shows by whom and when.`),
  clinical_hold_exists: kind(
    409,
    'The record is under a legal hold already',
    'Lift that hold first if you want to give another reason.',
  ),
} satisfies Readonly<Record<PrivacyErrorCode, ProblemKind>>;
