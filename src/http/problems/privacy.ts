/** Problems of a person's rights over their data: copies, restriction, legal holds, emergency access, legal texts. */
import type { EmergencyNotNeeded, EmergencyOver, ReviewRefused } from '../../../domain/privacy/emergency-access.ts';
import type { LegalTextUnknown, LegalVersionExists } from '../../../domain/privacy/legal-text.ts';
import type { LimitInForce, ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import { kind, type ProblemKind } from './kind.ts';

export type PrivacyErrorCode =
  | 'export_not_ready'
  | 'record_restricted'
  | 'clinical_hold_exists'
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
    'While a restriction (GDPR Art. 18) is in force, nothing is made that hands your data to programs or third parties, such as API keys and calendar links. You go on using the portal yourself. GET /api/v1/users/{id}/processing-limits shows the restriction; the clinic lifts it.',
  ),
  legal_text_unknown: kind(
    422,
    'There is no such legal text',
    'Only a text that is published and in force can be agreed to. The errors name the existing kinds or versions; GET /api/v1/legal lists them.',
  ),
  legal_version_exists: kind(
    409,
    'This version is published already, with another text',
    'A published version never changes. Publish the text under a new version.',
  ),
  clinical_hold_exists: kind(
    409,
    'The record is under a legal hold already',
    'Lift that hold first if you want to give another reason.',
  ),
} satisfies Readonly<Record<PrivacyErrorCode, ProblemKind>>;
