import { EN } from '../../shared/wording/en.ts';
import type { PrivacyTexts, PrivacyVariables } from '../messages.ts';

const { t } = EN;
const HISTORY = 'The history of your record shows who did it.';

export const PRIVACY: PrivacyTexts = {
  'emergency-access': ({ doctorName, until, isPatient }, reader) => {
    const end = EN.moment(until, reader.sender.timezone, reader);
    return isPatient
      ? {
          subject: 'Your record was opened in an emergency',
          lines: [
            t`${doctorName}, who is not your doctor, opened your record and gave an emergency as the reason. The access ends on ${end}.`,
            'The clinic reviews every such access. The history of your record shows what was read. If you do not know of an emergency, call the clinic.',
          ],
          brief: 'Your record was opened in an emergency. If you do not know of one, call the clinic.',
        }
      : {
          subject: 'A record was opened in an emergency',
          lines: [
            t`${doctorName} opened the record of a person who is not their patient, and gave an emergency as the reason. The access ends on ${end}.`,
            'Please review it: the list of emergency accesses shows the reason, and the audit log shows what was read.',
          ],
          brief: 'A record was opened in an emergency. Please review it.',
        };
  },
  'acted-on-behalf': ({ what }) => ({
    subject: 'The clinic handled your data on your behalf',
    lines: [ON_BEHALF[what], `${HISTORY} If you did not ask for this, call the clinic.`],
    brief: 'The clinic handled your data on your behalf. If you did not ask for this, call the clinic.',
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet ? 'The use of your data is limited' : 'The use of your data is no longer limited',
    lines: [LIMITS[kind][isSet ? 'set' : 'lifted'], 'If this is not what you asked for, call the clinic.'],
    brief: isSet ? 'The use of your data is limited now.' : 'The use of your data is no longer limited.',
  }),
  'records-merged': ({ undoUntil }, reader) => ({
    subject: 'Two records of you were merged',
    lines: [
      'The clinic had two records of you, and has merged them: the one of this account has everything now. What your profile lacked was filled in from the other record.',
      t`${HISTORY} If the other record is not yours, call the clinic: the merge can be undone until ${EN.moment(undoUntil, reader.sender.timezone, reader)}.`,
    ],
    brief: 'Two records of you were merged. If the other one is not yours, call the clinic.',
  }),
  'account-merged': () => ({
    subject: 'Your account was merged with another one',
    lines: [
      'The clinic had two records of you, and has merged them. This account is closed: sign in to the other one, which has everything now.',
      'If you have no other account at the clinic, call the clinic: the merge can be undone for a day.',
    ],
    brief: 'Your account was merged with your other one. If you have no other one, call the clinic.',
  }),
  'records-parted': ({ isAlias }) => ({
    subject: 'The merging of two records was undone',
    lines: isAlias
      ? [
          'The clinic had closed this account and merged it with another one. It is open again, with what it had before. You can sign in to it.',
        ]
      : [
          'The clinic had merged another record with that of this account. It has undone this: what was in the other record is no longer in yours.',
          HISTORY,
        ],
    brief: 'The merging of two records was undone.',
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'An administrator requested a copy of all your data, to give it to you.',
  export_downloaded: 'An administrator downloaded the copy of your data, to give it to you.',
  rectified: 'An administrator corrected your profile.',
};

const LIMITS: Readonly<
  Record<PrivacyVariables['processing-limit']['kind'], Readonly<Record<'set' | 'lifted', string>>>
> = {
  restriction: {
    set: 'The clinic stores your record but does not use it until the restriction is lifted. You can still see it yourself. Your API keys and calendar links no longer work; you can create new ones once the restriction is lifted. Until then, no push messages are sent to your devices.',
    lifted:
      'The restriction of your record is lifted. The clinic can use your record again, and you can create API keys and calendar links again.',
  },
  objection: {
    set: 'We have noted your objection. You will get no reminders and no other optional messages.',
    lifted: 'Your objection is withdrawn. You will get reminders and other optional messages again.',
  },
};
