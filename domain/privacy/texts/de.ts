import { DE } from '../../shared/wording/de.ts';
import type { PrivacyTexts, PrivacyVariables } from '../messages.ts';

const { t } = DE;
const HISTORY = 'Der Verlauf Ihrer Akte zeigt, wer es getan hat.';

export const PRIVACY: PrivacyTexts = {
  'emergency-access': ({ doctorName, until, isPatient }, reader) => {
    const end = DE.moment(until, reader.sender.timezone, reader);
    return isPatient
      ? {
          subject: 'Ihre Akte wurde in einem Notfall geöffnet',
          lines: [
            t`${doctorName} behandelt Sie nicht, hat aber Ihre Akte geöffnet und als Grund einen Notfall angegeben. Ende des Zugriffs: ${end}.`,
            'Die Praxis prüft jeden solchen Zugriff. Der Verlauf Ihrer Akte zeigt, was gelesen wurde. Wenn Sie von keinem Notfall wissen, rufen Sie bitte die Praxis an.',
          ],
          brief:
            'Ihre Akte wurde in einem Notfall geöffnet. Wenn Sie von keinem wissen, rufen Sie bitte die Praxis an.',
        }
      : {
          subject: 'Eine Akte wurde in einem Notfall geöffnet',
          lines: [
            t`${doctorName} hat die Akte einer Person geöffnet, ohne sie zu behandeln, und als Grund einen Notfall angegeben. Ende des Zugriffs: ${end}.`,
            'Bitte prüfen Sie ihn: Die Liste der Notfallzugriffe zeigt den Grund, und das Audit-Protokoll zeigt, was gelesen wurde.',
          ],
          brief: 'Eine Akte wurde in einem Notfall geöffnet. Bitte prüfen Sie den Zugriff.',
        };
  },
  'acted-on-behalf': ({ what }) => ({
    subject: 'Die Praxis hat in Ihrem Auftrag mit Ihren Daten gearbeitet',
    lines: [ON_BEHALF[what], `${HISTORY} Wenn Sie nicht darum gebeten haben, rufen Sie bitte die Praxis an.`],
    brief:
      'Die Praxis hat in Ihrem Auftrag mit Ihren Daten gearbeitet. Wenn Sie nicht darum gebeten haben, rufen Sie bitte an.',
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet
      ? 'Die Verwendung Ihrer Daten ist eingeschränkt'
      : 'Die Verwendung Ihrer Daten ist nicht mehr eingeschränkt',
    lines: [
      LIMITS[kind][isSet ? 'set' : 'lifted'],
      'Wenn Sie nicht darum gebeten haben, rufen Sie bitte die Praxis an.',
    ],
    brief: isSet
      ? 'Die Verwendung Ihrer Daten ist jetzt eingeschränkt.'
      : 'Die Verwendung Ihrer Daten ist nicht mehr eingeschränkt.',
  }),
  'records-merged': ({ undoUntil }, reader) => ({
    subject: 'Zwei Akten von Ihnen wurden zusammengeführt',
    lines: [
      'Die Praxis hatte zwei Akten von Ihnen und hat sie zusammengeführt: Die Akte dieses Kontos enthält jetzt alles. Was in Ihrem Profil fehlte, wurde aus der anderen Akte ergänzt.',
      t`${HISTORY} Wenn die andere Akte nicht Ihre ist, rufen Sie bitte die Praxis an. Die Zusammenführung lässt sich rückgängig machen bis ${DE.moment(undoUntil, reader.sender.timezone, reader)}.`,
    ],
    brief:
      'Zwei Akten von Ihnen wurden zusammengeführt. Wenn die andere nicht Ihre ist, rufen Sie bitte die Praxis an.',
  }),
  'account-merged': () => ({
    subject: 'Ihr Konto wurde mit einem anderen zusammengeführt',
    lines: [
      'Die Praxis hatte zwei Akten von Ihnen und hat sie zusammengeführt. Dieses Konto ist geschlossen: Bitte melden Sie sich bei dem anderen an, das jetzt alles enthält.',
      'Wenn Sie kein anderes Konto bei der Praxis haben, rufen Sie bitte die Praxis an: Die Zusammenführung lässt sich einen Tag lang rückgängig machen.',
    ],
    brief: 'Ihr Konto wurde mit Ihrem anderen zusammengeführt. Wenn Sie kein anderes haben, rufen Sie bitte an.',
  }),
  'records-parted': ({ isAlias }) => ({
    subject: 'Das Zusammenführen zweier Akten wurde rückgängig gemacht',
    lines: isAlias
      ? [
          'Die Praxis hatte dieses Konto geschlossen und mit einem anderen zusammengeführt. Es ist wieder offen und enthält, was es vorher enthielt. Sie können sich wieder anmelden.',
        ]
      : [
          'Die Praxis hatte eine andere Akte mit der Akte dieses Kontos zusammengeführt. Sie hat das rückgängig gemacht: Was in der anderen Akte stand, steht nicht mehr in Ihrer.',
          HISTORY,
        ],
    brief: 'Das Zusammenführen zweier Akten wurde rückgängig gemacht.',
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'Die Administration hat eine Kopie all Ihrer Daten angefordert, um sie Ihnen zu geben.',
  export_downloaded: 'Die Administration hat die Kopie Ihrer Daten heruntergeladen, um sie Ihnen zu geben.',
  rectified: 'Die Administration hat Ihr Profil berichtigt.',
};

const LIMITS: Readonly<
  Record<PrivacyVariables['processing-limit']['kind'], Readonly<Record<'set' | 'lifted', string>>>
> = {
  restriction: {
    set: 'Die Praxis bewahrt Ihre Akte auf, verwendet sie aber nicht, bis die Einschränkung aufgehoben wird. Sie selbst können sie weiter sehen. Ihre API-Schlüssel und Kalender-Links gelten nicht mehr; nach der Aufhebung können Sie neue anlegen. Bis dahin erhalten Ihre Geräte keine Push-Mitteilungen.',
    lifted:
      'Die Einschränkung Ihrer Akte ist aufgehoben. Die Praxis kann Ihre Akte wieder verwenden, und Sie können wieder API-Schlüssel und Kalender-Links anlegen.',
  },
  objection: {
    set: 'Wir haben Ihren Widerspruch vermerkt. Sie erhalten keine Erinnerungen und keine anderen freiwilligen Nachrichten mehr.',
    lifted: 'Ihr Widerspruch ist zurückgenommen. Sie erhalten wieder Erinnerungen und andere freiwillige Nachrichten.',
  },
};
