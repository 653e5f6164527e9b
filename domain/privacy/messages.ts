/** Messages about what is done with personal data. */
import { type MessageDraftOf, type Texts, utc } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface PrivacyVariables {
  /** To the patient and to administrators when a doctor opens a record in an emergency. */
  'emergency-access': { readonly doctorName: string; readonly until: number; readonly isPatient: boolean };
  'acted-on-behalf': { readonly what: 'export_requested' | 'export_downloaded' | 'rectified' };
  'processing-limit': { readonly kind: 'restriction' | 'objection'; readonly isSet: boolean };
}

export type MessageDraft = MessageDraftOf<PrivacyVariables>;

export const PRIVACY_TEXTS: Texts<PrivacyVariables> = {
  'emergency-access': ({ doctorName, until, isPatient }) => ({
    subject: isPatient ? 'Your record was opened in an emergency' : 'A record was opened in an emergency',
    lines: isPatient
      ? [
          `${doctorName}, who is not your doctor, opened your record and gave an emergency as the reason. It stays open until ${utc(until)}.`,
          'The clinic reviews each such access. The history of your record shows what was read. If you know of no emergency, call the clinic.',
        ]
      : [
          `${doctorName} opened the record of somebody who is not a patient of theirs, and gave an emergency as the reason. It stays open until ${utc(until)}.`,
          'Please review it: the list of emergency accesses shows the reason, and the audit log what was read.',
        ],
  }),
  'acted-on-behalf': ({ what }) => ({
    subject: 'The clinic did something with your data for you',
    lines: [
      ON_BEHALF[what],
      'The history of your record shows who did it. If you did not ask for it, call the clinic.',
    ],
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet ? 'The use of your data is limited' : 'The use of your data is no longer limited',
    lines: [
      kind === 'restriction'
        ? isSet
          ? 'the clinic stores your record, and does not use it otherwise, until the restriction is lifted. You still reach it yourself. API keys and calendar links have ended, and can be made again after that.'
          : 'the restriction of your record is lifted: the clinic’s people can use it again, and you can make API keys and calendar links again.'
        : isSet
          ? 'your objection is noted: you get no reminders and nothing else that is optional.'
          : 'your objection is withdrawn: reminders and other optional messages are sent again.',
      'If this is not what you asked for, call the clinic.',
    ],
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'an administrator asked for a copy of all your data, to give it to you.',
  export_downloaded: 'an administrator fetched the copy of your data, to give it to you.',
  rectified: 'an administrator corrected your profile.',
};
