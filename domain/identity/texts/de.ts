import { labelFault } from '../../shared/label.ts';
import { DE } from '../../shared/wording/de.ts';
import { type IdentityTexts, type IdentityVariables, passwordAction } from '../messages.ts';

const { t } = DE;
const CALL = 'Wenn Sie das nicht waren, setzen Sie bitte sofort Ihr Passwort zurück und rufen Sie die Praxis an.';

export const IDENTITY: IdentityTexts = {
  'verify-email': () => ({
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    lines: [
      'Bitte bestätigen Sie, dass dies Ihre E-Mail-Adresse ist. Der Link gilt 24 Stunden.',
      'Falls sich auch jemand anderes mit dieser Adresse registriert hat, bitten wir Sie, ein Passwort zu wählen. Nur dieses Passwort gilt dann.',
      'Wenn Sie sich nicht registriert haben, öffnen Sie den Link bitte nicht. Ohne ihn kann niemand das Konto benutzen.',
    ],
    action: 'Adresse bestätigen',
  }),
  welcome: () => ({
    subject: 'Willkommen im Patientenportal',
    lines: [
      'Ihre E-Mail-Adresse ist bestätigt, und Ihr Konto ist eingerichtet.',
      'Sie können Termine buchen, verschieben und absagen und wählen, welche Nachrichten Sie erhalten.',
    ],
    action: 'Ihre Termine ansehen',
    brief: 'Ihr Konto im Patientenportal ist eingerichtet.',
  }),
  'account-exists': () => ({
    subject: 'Sie haben bereits ein Konto',
    lines: [
      'Jemand wollte sich mit dieser E-Mail-Adresse registrieren, zu der es bereits ein Konto gibt.',
      'Wenn Sie das waren, melden Sie sich bitte an oder setzen Sie Ihr Passwort zurück. Wenn nicht, brauchen Sie nichts zu tun.',
    ],
    action: 'Anmelden',
    brief: 'Jemand wollte sich mit Ihrer E-Mail-Adresse registrieren, zu der es bereits ein Konto gibt.',
  }),
  invitation: ({ role }) => ({
    subject: 'Einladung zum Patientenportal',
    lines: [
      t`Die Praxis hat ein Konto für Sie angelegt (${ROLES[role] ?? role}). Wählen Sie ein Passwort, um es zu benutzen. Der Link gilt 7 Tage.`,
      'Wenn Sie diese Einladung nicht erwartet haben, öffnen Sie den Link bitte nicht und rufen Sie die Praxis an.',
    ],
    action: 'Einladung annehmen',
  }),
  'password-reset': () => ({
    subject: 'Setzen Sie Ihr Passwort zurück',
    lines: [
      'Jemand möchte das Passwort Ihres Kontos zurücksetzen. Der Link gilt einmal, innerhalb einer Stunde.',
      'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.',
    ],
    action: 'Neues Passwort wählen',
  }),
  'password-changed': ({ how }) => ({
    subject: 'Ihr Passwort wurde geändert',
    lines: [
      how === 'reset'
        ? 'Ihr Passwort wurde über einen Link zurückgesetzt, den wir Ihnen per E-Mail gesendet haben. Sie sind überall abgemeldet.'
        : 'Ihr Passwort wurde geändert. Sie sind auf allen anderen Geräten abgemeldet.',
      ...DE.lastingEnded(passwordAction(how)),
      CALL,
    ],
    action: 'Passwort zurücksetzen',
    brief: 'Ihr Passwort wurde geändert. Wenn Sie das nicht waren, rufen Sie bitte die Praxis an.',
  }),
  'confirm-email-change': () => ({
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    lines: [
      'Jemand möchte diese E-Mail-Adresse für ein Konto im Patientenportal verwenden. Der Link gilt 24 Stunden.',
      'Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Ohne den Link ändert sich nichts.',
    ],
    action: 'Diese Adresse verwenden',
  }),
  'email-change-requested': () => ({
    subject: 'Ihre E-Mail-Adresse soll geändert werden',
    lines: [
      'Jemand möchte die E-Mail-Adresse Ihres Kontos ändern. Sie ändert sich, sobald die neue Adresse bestätigt ist.',
      'Wenn Sie das nicht waren, machen Sie die Änderung bitte mit dem Link in dieser E-Mail rückgängig. Er gilt bis 7 Tage nach der Änderung, meldet alle Geräte ab und bittet Sie um ein neues Passwort. Bewahren Sie diese E-Mail so lange auf.',
    ],
    action: 'Änderung rückgängig machen',
  }),
  'email-changed': () => ({
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    lines: [
      'Die E-Mail-Adresse Ihres Kontos wurde geändert. Sie sind auf allen anderen Geräten abgemeldet.',
      ...DE.lastingEnded('email_changed'),
      'Wenn Sie das nicht waren, benutzen Sie bitte den Link in der E-Mail, die wir an Ihre bisherige Adresse gesendet haben, als die Änderung beantragt wurde. Er gilt 7 Tage.',
    ],
    brief: 'Die E-Mail-Adresse Ihres Kontos wurde geändert. Wenn Sie das nicht waren, rufen Sie bitte die Praxis an.',
  }),
  'email-restored': () => ({
    subject: 'Ihre bisherige E-Mail-Adresse gilt wieder',
    lines: [
      'Die Änderung Ihrer E-Mail-Adresse wurde rückgängig gemacht, und alle Geräte sind abgemeldet. Ihr altes Passwort gilt nicht mehr: Bitte wählen Sie ein neues. Der Link gilt eine Stunde; danach fordern Sie bitte einen neuen an.',
      ...DE.lastingEnded('email_restored'),
    ],
    action: 'Neues Passwort wählen',
  }),
  'signed-out-everywhere': () => ({
    subject: 'Sie sind überall abgemeldet',
    lines: ['Alle Sitzungen Ihres Kontos wurden beendet.', ...DE.lastingEnded('signed_out_everywhere'), CALL],
    action: 'Passwort zurücksetzen',
    brief: 'Sie sind überall abgemeldet. Wenn Sie das nicht waren, rufen Sie bitte die Praxis an.',
  }),
  'credential-made': ({ what }) => MADE[what],
  'new-sign-in': ({ deviceName, place, at }, reader) => ({
    subject: 'Neue Anmeldung in Ihrem Konto',
    lines: [
      place === null
        ? t`Jemand hat sich in Ihrem Konto angemeldet: ${DE.moment(at, reader.sender.timezone, reader)}.`
        : t`Jemand hat sich in Ihrem Konto angemeldet: ${DE.moment(at, reader.sender.timezone, reader)}, aus ${place}.`,
      labelFault(deviceName) === undefined
        ? t`Das Gerät nennt sich „${deviceName}“. Wir haben diesen Namen nicht geprüft.`
        : 'Das Gerät hat keinen Namen angegeben, den wir hier zeigen können.',
      'Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort und melden Sie sich überall ab.',
    ],
    action: 'Sehen, wo Sie angemeldet sind',
    brief: `Neue Anmeldung in Ihrem Konto: ${DE.briefMoment(at, reader.sender.timezone, reader)}. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.`,
  }),
  'account-closed': () => ({
    subject: 'Ihr Konto ist geschlossen',
    lines: [
      'Ihr Konto im Patientenportal ist geschlossen, und die persönlichen Daten darin sind gelöscht.',
      'Die Praxis bewahrt nur auf, was das Gesetz über Ihre Termine verlangt. Wenn Sie das nicht gewünscht haben, rufen Sie bitte die Praxis an.',
    ],
    brief: 'Ihr Konto im Patientenportal ist geschlossen.',
  }),
};

const ROLES: Readonly<Record<string, string>> = {
  patient: 'Patientin oder Patient',
  doctor: 'Ärztin oder Arzt',
  staff: 'Praxisteam',
  admin: 'Administration',
};

const MADE: Readonly<
  Record<IdentityVariables['credential-made']['what'], ReturnType<IdentityTexts['credential-made']>>
> = {
  api_key: {
    subject: 'Für Ihr Konto wurde ein API-Schlüssel angelegt',
    lines: [
      'Ein API-Schlüssel wurde angelegt. Wer ihn hat, kann ohne Anmeldung alles tun, was seine Rechte erlauben.',
      'Wenn Sie das nicht waren, ändern Sie bitte sofort Ihr Passwort: Der Schlüssel gilt dann nicht mehr.',
    ],
    action: 'Ihre API-Schlüssel ansehen',
    brief: 'Für Ihr Konto wurde ein API-Schlüssel angelegt. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.',
  },
  calendar_feed: {
    subject: 'Für Ihr Konto wurde ein Kalender-Link angelegt',
    lines: [
      'Ein Kalender-Link wurde angelegt. Wer ihn hat, kann die Termine darin ohne Anmeldung sehen.',
      'Wenn Sie das nicht waren, ändern Sie bitte sofort Ihr Passwort: Der Link gilt dann nicht mehr.',
    ],
    action: 'Ihre Kalender-Links ansehen',
    brief: 'Für Ihr Konto wurde ein Kalender-Link angelegt. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.',
  },
  export: {
    subject: 'Eine Kopie Ihrer Daten wurde angefordert',
    lines: [
      'Wir bereiten eine Kopie von allem vor, was das Portal über Sie speichert. Sie kann einmal heruntergeladen werden, innerhalb einer Woche.',
      'Wenn Sie das nicht waren, ändern Sie bitte sofort Ihr Passwort: Die Kopie kann dann nicht mehr heruntergeladen werden.',
    ],
    action: 'Die Kopien Ihrer Daten ansehen',
    brief: 'Eine Kopie Ihrer Daten wurde angefordert. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.',
  },
  file_link: {
    subject: 'Für Ihr Konto wurde ein Link zu einer Datei angelegt',
    lines: [
      'Ein Link zu einer Datei wurde angelegt. Wer ihn hat, und das Kennwort, falls es eines gibt, kann die Datei ohne Anmeldung öffnen.',
      'Wenn Sie das nicht waren, ändern Sie bitte sofort Ihr Passwort: Der Link gilt dann nicht mehr.',
    ],
    action: 'Ihre Dokumente ansehen',
    brief:
      'Für Ihr Konto wurde ein Link zu einer Datei angelegt. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.',
  },
  push_subscription: {
    subject: 'Ein Gerät erhält jetzt Push-Mitteilungen Ihres Kontos',
    lines: [
      'Ein Gerät wurde für Push-Mitteilungen angemeldet: Es zeigt in Kürze, was die Praxis Ihnen mitteilt, auch auf dem Sperrbildschirm.',
      'Wenn Sie das nicht waren, ändern Sie bitte sofort Ihr Passwort: Das Gerät erhält dann keine mehr.',
    ],
    action: 'Ihre Nachrichten und Geräte ansehen',
    brief:
      'Ein Gerät erhält jetzt Push-Mitteilungen Ihres Kontos. Wenn Sie das nicht waren, ändern Sie bitte Ihr Passwort.',
  },
};
