/** Messages about what is done with personal data. */
import { type Categories, type MessageDraftOf, type Texts, utc } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface PrivacyVariables {
  /** To the patient and to administrators when a doctor opens a record in an emergency. */
  'emergency-access': { readonly doctorName: string; readonly until: number; readonly isPatient: boolean };
  'acted-on-behalf': { readonly what: 'export_requested' | 'export_downloaded' | 'rectified' };
  'processing-limit': { readonly kind: 'restriction' | 'objection'; readonly isSet: boolean };
  /** To the account that has everything now. */
  'records-merged': { readonly undoUntil: number };
  /** To the account that is closed: its address and name, sealed under a key of the message. */
  'account-merged': { readonly email: string; readonly firstName: string };
  /** `isAlias`: to the account that is open again. */
  'records-parted': { readonly isAlias: boolean };
}

export type MessageDraft = MessageDraftOf<PrivacyVariables>;

export const PRIVACY_CATEGORIES: Categories<PrivacyVariables> = {
  'emergency-access': 'security',
  'acted-on-behalf': 'security',
  'processing-limit': 'account',
  'records-merged': 'security',
  'account-merged': 'security',
  'records-parted': 'security',
};

export const PRIVACY_TEXTS: Texts<PrivacyVariables> = {
  'emergency-access': ({ doctorName, until, isPatient }) => ({
    subject: isPatient ? 'Your record was opened in an emergency' : 'A record was opened in an emergency',
    lines: isPatient
      ? [
          `${doctorName}, who is not your doctor, opened your record and gave an emergency as the reason. The access ends at ${utc(until)}.`,
          'The clinic reviews every such access. The history of your record shows what was read. If you do not know of an emergency, call the clinic.',
        ]
      : [
          `${doctorName} opened the record of a person who is not their patient, and gave an emergency as the reason. The access ends at ${utc(until)}.`,
          'Please review it: the list of emergency accesses shows the reason, and the audit log shows what was read.',
        ],
  }),
  'acted-on-behalf': ({ what }) => ({
    subject: 'The clinic handled your data on your behalf',
    lines: [
      ON_BEHALF[what],
      'The history of your record shows who did it. If you did not ask for this, call the clinic.',
    ],
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet ? 'The use of your data is limited' : 'The use of your data is no longer limited',
    lines: [
      kind === 'restriction'
        ? isSet
          ? 'The clinic stores your record but does not use it until the restriction is lifted. You can still see it yourself. Your API keys and calendar links no longer work; you can create new ones once the restriction is lifted.'
          : 'The restriction of your record is lifted. The clinic can use your record again, and you can create API keys and calendar links again.'
        : isSet
          ? 'We have noted your objection. You will get no reminders and no other optional messages.'
          : 'Your objection is withdrawn. You will get reminders and other optional messages again.',
      'If this is not what you asked for, call the clinic.',
    ],
  }),
  'records-merged': ({ undoUntil }) => ({
    subject: 'Two records of you were merged',
    lines: [
      'The clinic had two records of you, and has merged them: the one of this account has everything now. What your profile lacked was filled in from the other record.',
      `The history of your record shows who did it. If the other record is not yours, call the clinic: the merge can be undone until ${utc(undoUntil)}.`,
    ],
  }),
  'account-merged': () => ({
    subject: 'Your account was merged with another one',
    lines: [
      'The clinic had two records of you, and has merged them. This account is closed: sign in to the other one, which has everything now.',
      'If you have no other account at the clinic, call the clinic: the merge can be undone for a day.',
    ],
  }),
  'records-parted': ({ isAlias }) => ({
    subject: 'The merging of two records was undone',
    lines: isAlias
      ? [
          'The clinic had closed this account and merged it with another one. It is open again, with what it had before. You can sign in to it.',
        ]
      : [
          'The clinic had merged another record with that of this account. It has undone this: what was in the other record is no longer in yours.',
          'The history of your record shows who did it.',
        ],
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'An administrator requested a copy of all your data, to give it to you.',
  export_downloaded: 'An administrator downloaded the copy of your data, to give it to you.',
  rectified: 'An administrator corrected your profile.',
};
