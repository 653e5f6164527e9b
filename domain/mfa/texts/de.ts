import { counted, DE } from '../../shared/wording/de.ts';
import { FACTOR_ACTIONS, type FactorChange, type MfaTexts } from '../messages.ts';

const CALL = 'Wenn Sie das nicht waren, setzen Sie bitte sofort Ihr Passwort zurück und rufen Sie die Praxis an.';

export const MFA: MfaTexts = {
  'mfa-changed': ({ what }) => ({
    subject: 'Ihre Anmeldung in zwei Schritten wurde geändert',
    lines: [CHANGES[what], ...DE.lastingEnded(FACTOR_ACTIONS[what]), CALL],
    action: 'Passwort zurücksetzen',
    brief: 'Ihre Anmeldung in zwei Schritten wurde geändert. Wenn Sie das nicht waren, rufen Sie bitte die Praxis an.',
  }),
  'backup-code-used': ({ left }) => ({
    subject: 'Ein Ersatzcode wurde benutzt',
    lines: [
      `Ein Ersatzcode Ihres Kontos wurde benutzt. ${counted(left, { one: 'Es ist noch 1 übrig.', other: `Es sind noch ${left} übrig.` })}`,
      ...(left <= 2
        ? [
            'Legen Sie neue an, bevor Sie keine mehr haben: Ohne Ersatzcodes und ohne Ihre App können Sie sich nicht anmelden.',
          ]
        : []),
      CALL,
    ],
    action: 'Neue Ersatzcodes anlegen',
    brief: 'Ein Ersatzcode Ihres Kontos wurde benutzt. Wenn Sie das nicht waren, rufen Sie bitte die Praxis an.',
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Ihr Code',
    lines: [`${code} ist Ihr Code für das Patientenportal. Er gilt 5 Minuten. Geben Sie ihn an niemanden weiter.`],
  }),
};

const CHANGES: Readonly<Record<FactorChange, string>> = {
  enabled: 'Die Anmeldung in zwei Schritten wurde für Ihr Konto eingeschaltet.',
  replaced:
    'Für Ihr Konto wurde eine neue Authentifizierungs-App eingerichtet. Die bisherige App und ihre Ersatzcodes gelten nicht mehr.',
  disabled: 'Die Anmeldung in zwei Schritten wurde für Ihr Konto ausgeschaltet.',
  backup_codes: 'Für Ihr Konto wurden neue Ersatzcodes angelegt. Die alten gelten nicht mehr.',
  phone_added: 'Ihrem Konto wurde ein Telefon hinzugefügt. Es kann Ihre Anmeldecodes erhalten.',
  phone_removed: 'Ihr Telefon erhält keine Anmeldecodes mehr.',
  reset:
    'Die Praxis hat den zweiten Schritt Ihrer Anmeldung entfernt. Richten Sie ihn bei der nächsten Anmeldung wieder ein.',
};
