import { withCopies } from '../../shared/wording/copies.ts';
import { DE } from '../../shared/wording/de.ts';
import { type NotificationTexts, TOLD_TO_PROXIES } from '../messages.ts';
import type { NoticeTexts } from '../notices.ts';

const NOTICES: NoticeTexts = {
  call_us: {
    subject: 'Bitte rufen Sie die Praxis an',
    lines: ['Bitte rufen Sie die Praxis an. Es geht um Ihre Behandlung, und wir möchten mit Ihnen sprechen.'],
    brief: 'Bitte rufen Sie die Praxis an.',
  },
  documents_ready: {
    subject: 'Unterlagen liegen für Sie bereit',
    lines: ['Unterlagen, um die Sie gebeten haben, liegen bereit. Sie können sie in der Praxis abholen.'],
    brief: 'In der Praxis liegen Unterlagen für Sie bereit.',
  },
  documents_missing: {
    subject: 'Uns fehlen Unterlagen von Ihnen',
    lines: [
      'Uns fehlen Unterlagen von Ihnen. Bitte bringen Sie sie zum nächsten Besuch mit, oder rufen Sie die Praxis an, wenn Sie nicht wissen, welche.',
    ],
    brief: 'Uns fehlen Unterlagen von Ihnen. Bitte bringen Sie sie mit, oder rufen Sie die Praxis an.',
  },
  book_check_up: {
    subject: 'Es ist Zeit für eine Kontrolle',
    lines: [
      'Es ist Zeit für Ihre nächste Kontrolle. Sie können sie im Patientenportal buchen oder die Praxis anrufen.',
    ],
    brief: 'Bitte buchen Sie Ihren nächsten Termin im Patientenportal.',
  },
};

const TEXTS: NotificationTexts = {
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Sie haben eine Nachricht von der Praxis. Melden Sie sich im Patientenportal an, um sie zu lesen.',
  }),
  'clinic-notice': ({ notice }) => NOTICES[notice],
  'emergency-alert': ({ body }) => ({
    subject: 'Dringende Nachricht der Praxis',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Dringend: ${body.replace(/\s+/g, ' ')}`,
  }),
  'breach-notice': ({ whatHappened, consequences, measures, contact }) => ({
    subject: 'Mitteilung zum Schutz Ihrer Daten',
    lines: [
      'Wir müssen Sie über eine Verletzung des Schutzes Ihrer personenbezogenen Daten unterrichten (Art. 34 DSGVO).',
      'Was geschehen ist:',
      { words: whatHappened },
      'Was daraus folgen kann:',
      { words: consequences },
      'Was getan wurde, und was Sie tun können:',
      { words: measures },
      'An wen Sie sich wenden können:',
      { words: contact },
    ],
    brief:
      'Es gibt eine wichtige Mitteilung zum Schutz Ihrer Daten. Melden Sie sich im Patientenportal an, um sie zu lesen.',
  }),
  'text-answer': (given, reader) => {
    const { answer, phone } = given;
    const call = phone === null ? 'Bitte rufen Sie die Praxis an.' : `Bitte rufen Sie die Praxis an: ${phone}.`;
    const words = {
      stopped: 'Sie erhalten keine SMS mehr von uns. Mit der Antwort START erhalten Sie wieder welche.',
      started: 'Sie erhalten wieder SMS von uns. Mit der Antwort STOP beenden Sie das.',
      help: `SMS des Patientenportals. Mit der Antwort STOP beenden Sie sie. ${call}`,
      unread: `Niemand liest diese Nummer. ${call}`,
      nothing_to_confirm: `Mit dieser Nummer ist kein Termin zu bestätigen. ${call}`,
      confirmed: given.answer === 'confirmed' ? `Ihr Termin ist bestätigt: ${DE.brief(given.time, reader)}.` : '',
    }[answer];
    return { subject: 'Ihre Textnachricht', lines: [words], brief: words };
  },
  'daily-cap-reached': ({ channel, share, used, cap }) => {
    const kind = { email: 'E-Mails', sms: 'SMS', push: 'Push-Nachrichten' }[channel];
    const subject = share === 100 ? `Heute keine weiteren ${kind}` : `Die meisten ${kind} von heute sind versandt`;
    return {
      subject,
      lines: [
        `Heute wurden ${used} von ${cap} ${kind} versandt, die die Einstellungen der Praxis erlauben.`,
        share === 100
          ? 'Weitere warten bis morgen, gehen einen anderen Weg oder entfallen. Codes, Warnungen und Sicherheitshinweise werden weiter versandt.'
          : 'Sind alle versandt, so warten weitere bis morgen, gehen einen anderen Weg oder entfallen. Codes, Warnungen und Sicherheitshinweise werden weiter versandt.',
      ],
      brief: `${subject}. Die Einstellungen der Praxis sagen, wie viele es am Tag sein dürfen.`,
    };
  },
  'addresses-suppressed': ({ count }) => ({
    subject: 'Einige Adressen erhalten keine Nachrichten mehr',
    lines: [
      `Adressen, die seit der letzten Mitteilung keine Nachrichten mehr erhalten: ${count}.`,
      'Es gibt sie nicht, oder wer dort liest, möchte nichts mehr von der Praxis. Die Liste der gesperrten Adressen sagt, wem sie gehören. Fragen Sie diese Personen nach einer anderen Adresse, oder heben Sie auf, was ein Irrtum war.',
    ],
    brief: 'Einige Adressen erhalten keine Nachrichten mehr. Die Liste der gesperrten Adressen sagt, wem sie gehören.',
  }),
};

export const NOTIFICATIONS = withCopies(TEXTS, TOLD_TO_PROXIES, DE);
