import { withCopies } from '../../shared/wording/copies.ts';
import { EN } from '../../shared/wording/en.ts';
import { type NotificationTexts, TOLD_TO_PROXIES } from '../messages.ts';
import type { NoticeTexts } from '../notices.ts';

const NOTICES: NoticeTexts = {
  call_us: {
    subject: 'Please call the clinic',
    lines: ['Please call the clinic. It is about your treatment, and we would like to speak with you.'],
    brief: 'Please call the clinic.',
  },
  documents_ready: {
    subject: 'Documents are ready for you',
    lines: ['Documents that you have asked for are ready. You can collect them at the clinic.'],
    brief: 'Documents are ready for you at the clinic.',
  },
  documents_missing: {
    subject: 'We are missing documents of yours',
    lines: [
      'We are missing documents of yours. Please bring them to your next visit, or call the clinic if you do not know which.',
    ],
    brief: 'We are missing documents of yours. Please bring them, or call the clinic.',
  },
  book_check_up: {
    subject: 'It is time for a check-up',
    lines: ['It is time for your next check-up. You can book it in the patient portal, or call the clinic.'],
    brief: 'Please book your next appointment in the patient portal.',
  },
};

const TEXTS: NotificationTexts = {
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'You have a message from the clinic. Sign in to the patient portal to read it.',
  }),
  'clinic-notice': ({ notice }) => NOTICES[notice],
  'emergency-alert': ({ body }) => ({
    subject: 'Urgent message from the clinic',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgent: ${body.replace(/\s+/g, ' ')}`,
  }),
  'breach-notice': ({ whatHappened, consequences, measures, contact }) => ({
    subject: 'Notice about the protection of your data',
    lines: [
      'We have to tell you of a breach of the protection of your personal data (GDPR Art. 34).',
      'What has happened:',
      { words: whatHappened },
      'What may follow from it:',
      { words: consequences },
      'What was done, and what you can do:',
      { words: measures },
      'Whom you can ask:',
      { words: contact },
    ],
    brief: 'There is an important notice about the protection of your data. Sign in to the patient portal to read it.',
  }),
  'text-answer': (given, reader) => {
    const { answer, phone } = given;
    const call = phone === null ? 'Please call the clinic.' : `Please call the clinic: ${phone}.`;
    const words = {
      stopped: 'You get no more text messages from us. Answer START to get them again.',
      started: 'You get text messages from us again. Answer STOP to end them.',
      help: `Text messages of the patient portal. Answer STOP to end them. ${call}`,
      unread: `Nobody reads this number. ${call}`,
      nothing_to_confirm: `There is no appointment to confirm with this number. ${call}`,
      confirmed: given.answer === 'confirmed' ? `Your appointment is confirmed: ${EN.brief(given.time, reader)}.` : '',
    }[answer];
    return { subject: 'Your text message', lines: [words], brief: words };
  },
  'daily-cap-reached': ({ channel, share, used, cap }) => {
    const kind = { email: 'e-mails', sms: 'text messages', push: 'push messages' }[channel];
    const subject = share === 100 ? `No more ${kind} today` : `Most of today’s ${kind} are sent`;
    return {
      subject,
      lines: [
        `Today ${used} of ${cap} ${kind} were sent that the settings of the clinic allow.`,
        share === 100
          ? 'Further ones wait until tomorrow, go another way or are left out. Codes, alerts and security notices are still sent.'
          : 'Once all are sent, further ones wait until tomorrow, go another way or are left out. Codes, alerts and security notices are still sent.',
      ],
      brief: `${subject}. The settings of the clinic say how many may be sent in a day.`,
    };
  },
  'addresses-suppressed': ({ count }) => ({
    subject: 'Some addresses get no more messages',
    lines: [
      `Addresses that get no more messages since the last note: ${count}.`,
      'They do not exist, or their readers want nothing more from the clinic. The list of suppressed addresses says whose they are; ask these people for another address, or lift what was a mistake.',
    ],
    brief: 'Some addresses get no more messages. The list of suppressed addresses says whose they are.',
  }),
};

export const NOTIFICATIONS = withCopies(TEXTS, TOLD_TO_PROXIES, EN);
