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
  export_not_ready: kind(
    409,
    'The copy is not ready yet',
    'Ask for its status again in a moment.',
    'The copy is still being made.',
  ),
  record_restricted: kind(
    403,
    'The use of this record is restricted',
    'The person has had the processing restricted (GDPR Art. 18): the record is stored but not used. An administrator who has one of the grounds of Art. 18(2) names it in the header X-Access-Ground.',
    'The person, or the clinic on their behalf, restricted the processing of the record.',
  ),
  emergency_not_needed: kind(
    409,
    'You may read this record already',
    'Read it as usual: no emergency access is needed.',
    'You may read the record of this patient without an emergency access.',
  ),
  emergency_access_over: kind(
    409,
    'The access is over already',
    'It has expired or was ended: expiresAt and endedAt say when.',
    'The access has expired, an administrator has ended it, or a review found it not justified.',
  ),
  already_reviewed: kind(
    409,
    'It was reviewed already',
    'Read it to see who reviewed it and with which result.',
    'An administrator has already reviewed this access.',
  ),
  own_access: kind(
    403,
    'You cannot review your own access',
    'Another administrator has to review it.',
    'You opened this access yourself.',
  ),
  limit_in_force: kind(
    409,
    'The same limit is in force already',
    'GET the limits of the person to see it.',
    'A limit of this kind is in force for this person.',
  ),
  processing_restricted: kind(
    409,
    'The processing of your data is restricted',
    `While a restriction (GDPR Art. 18) is in force, nothing is made that hands your data to programs or third parties, such as API keys and calendar links. You go on using the portal yourself. ${requestOf('listProcessingLimits')} shows the restriction; the clinic lifts it.`,
    'An API key or a calendar link was requested while a restriction of processing is in force for its owner.',
  ),
  legal_text_unknown: kind(
    422,
    'There is no such legal text',
    `Only a text that is published and in force can be agreed to. The errors name the existing kinds or versions; ${requestOf('listLegalTexts')} lists them.`,
    'The kind or the version was not published, or is not in force yet.',
  ),
  legal_version_exists: kind(
    409,
    'This version is published already, with another text',
    'A published version never changes. Publish the text under a new version.',
    'The version was published before with another text.',
  ),
  merge_not_possible: kind(
    409,
    'The two records cannot be merged as they are',
    'obstacles names everything that stands in the way. `alias_has_account`: merge the other way round, or send endAliasAccount. `survivor_without_account`: merge the other way round. `overlapping_appointments`: cancel or move one of each pair in overlaps. `past_overlaps`: those that isPast marks have ended; if one visit was entered twice, send it in acknowledge, else cancel one of each pair. `processing_restricted`: lift the restriction first. `legal_hold`: lift the hold first. `proxies_of_each_other`: end the proxy, and make sure that they are one person. `was_doctor`, `same_record`, `too_many_rows`: they cannot be merged; if only the alias has too many rows, merge the other way round.',
    'obstacles names what keeps the two records from being merged.',
  ),
  alias_changed: kind(
    412,
    'The alias was changed meanwhile',
    'Read the alias again, and send its version as aliasVersion; version is the one there is now.',
    'The record that is to be merged into the other has another version than the one in aliasVersion.',
  ),
  patient_merged: kind(
    410,
    'The record was merged into another one',
    'Use the id in mergedInto: that record has everything this one had.',
    'The clinic merged this record into another one, which you may see.',
  ),
  merge_final: kind(
    409,
    'The merge can no longer be undone',
    'A merge can be undone for a day. Register a new patient, and book for that one.',
    'More than a day has passed since the merge.',
  ),
  merge_undone: kind(
    409,
    'The merge was undone already',
    `${requestOf('listMerges')} shows by whom and when.`,
    'Somebody has undone the merge before.',
  ),
  clinical_hold_exists: kind(
    409,
    'The record is under a legal hold already',
    'Lift that hold first if you want to give another reason.',
    'The record is already under a legal hold.',
  ),
} satisfies Readonly<Record<PrivacyErrorCode, ProblemKind>>;
