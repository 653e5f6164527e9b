/** The messages' words. Plain text and HTML come from the same lines, so that neither says more than the other. */
import { escapeHtml } from '../shared/html.ts';
import { labelFault } from '../shared/label.ts';
import { type LinkPath, linkTo, tokenLink } from '../shared/link-targets.ts';
import type { MessageVariables, TemplateName } from '../shared/messages.ts';
import { lastingEnded, type RecoveryAction } from '../shared/revocation.ts';

export interface RenderContext {
  /** `null` for an address that nobody has proven: whoever typed it in typed the name too. */
  readonly firstName: string | null;
  /** Where links lead, from configuration and never from a request (R8). */
  readonly publicUrl: string;
}

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: readonly string[];
  readonly codes: readonly string[];
}

interface Copy {
  readonly subject: string;
  readonly lines: readonly string[];
  /** A link with what it does. */
  readonly action?: { readonly label: string; readonly url: string };
  /** A secret to type in by hand. */
  readonly code?: string;
}

type Write<T extends TemplateName> = (variables: MessageVariables[T], context: RenderContext) => Copy;

const TEMPLATES: { readonly [T in TemplateName]: Write<T> } = {
  'verify-email': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your e-mail address',
    lines: [
      'please confirm that this address is yours. The link works for 24 hours.',
      'If somebody else registered with it as well, you are asked to choose a password, and only yours counts.',
      'If it was not you, do not follow the link: without it nobody can use the account.',
    ],
    action: { label: 'Confirm the address', url: tokenLink(publicUrl, '/verify-email', token) },
    code: token,
  }),
  'account-exists': (_, { publicUrl }) => ({
    subject: 'You already have an account',
    lines: [
      'somebody tried to register with this address, which has an account already.',
      'If it was you, sign in, or reset your password. If not, there is nothing to do.',
    ],
    action: { label: 'Sign in', url: linkTo(publicUrl, '/login') },
  }),
  invitation: ({ token, role }, { publicUrl }) => ({
    subject: 'You are invited to the patient portal',
    lines: [
      `the clinic has made an account for you (${role}). Choose a password to open it. The link works for 7 days.`,
      'If you do not expect this, do not follow the link, and call the clinic.',
    ],
    action: { label: 'Accept the invitation', url: tokenLink(publicUrl, '/accept-invitation', token) },
    code: token,
  }),
  'password-reset': ({ token }, { publicUrl }) => ({
    subject: 'Reset your password',
    lines: [
      'somebody asked for a new password for your account. The link works for one hour, once.',
      'If it was not you, there is nothing to do: your password stays as it is.',
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'password-changed': ({ how }, { publicUrl }) => ({
    subject: 'Your password was changed',
    lines: [
      how === 'reset'
        ? 'your password was reset by a link that was mailed to you. You are signed out everywhere.'
        : 'your password was changed. Every other device is signed out.',
      ...ended(how === 'reset' ? 'password_reset' : 'password_changed'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'confirm-email-change': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your new e-mail address',
    lines: [
      'somebody asked to use this address for an account of the patient portal. The link works for 24 hours.',
      'If it was not you, there is nothing to do: without the link nothing changes.',
    ],
    action: { label: 'Use this address', url: tokenLink(publicUrl, '/confirm-email-change', token) },
    code: token,
  }),
  'email-change-requested': ({ token }, { publicUrl }) => ({
    subject: 'Your e-mail address is about to be changed',
    lines: [
      'somebody asked for another e-mail address for your account. It changes as soon as the new address is confirmed.',
      'If it was not you, take it back by this link, which works until 7 days after the change. It also signs out everybody and asks for a new password. Keep this mail until then.',
    ],
    action: { label: 'Take the change back', url: tokenLink(publicUrl, '/restore-email', token) },
    code: token,
  }),
  'email-changed': () => ({
    subject: 'Your e-mail address was changed',
    lines: [
      'the e-mail address of your account was changed. Other devices are signed out.',
      ...ended('email_changed'),
      'If it was not you, follow the link of the mail that was sent to the former address when the change was asked for. It works for 7 days.',
    ],
  }),
  'email-restored': ({ token }, { publicUrl }) => ({
    subject: 'Your e-mail address is as before',
    lines: [
      'the change of your e-mail address was taken back, and everybody is signed out. Your password does not work any more: choose a new one. The link works for one hour; after that, ask for another.',
      ...ended('email_restored'),
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'signed-out-everywhere': (_, { publicUrl }) => ({
    subject: 'You are signed out everywhere',
    lines: [
      'every session of your account was ended.',
      ...ended('signed_out_everywhere'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'credential-made': ({ what }, { publicUrl }) => ({
    subject: CREDENTIALS_MADE[what].subject,
    lines: [CREDENTIALS_MADE[what].line, 'If it was not you, change your password now: that ends it.'],
    action: { label: CREDENTIALS_MADE[what].label, url: linkTo(publicUrl, CREDENTIALS_MADE[what].path) },
  }),
  'new-sign-in': ({ deviceName, place, at }, { publicUrl }) => ({
    subject: 'A new sign-in to your account',
    lines: [
      `your account was used on ${utc(at)}${place === null ? '' : `, from ${place}`}.`,
      deviceLine(deviceName),
      'If it was not you, change your password and sign out everywhere.',
    ],
    action: { label: 'See where you are signed in', url: linkTo(publicUrl, '/sessions') },
  }),
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
  'mfa-changed': ({ what }, { publicUrl }) => ({
    subject: 'Your two-step sign-in was changed',
    lines: [
      MFA_CHANGES[what],
      ...ended(MFA_ACTIONS[what]),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'backup-code-used': ({ left }, { publicUrl }) => ({
    subject: 'A backup code was used',
    lines: [
      `a backup code of your account was used. You have ${left} left.`,
      ...(left <= 2 ? ['Make new ones before you run out: without them and without your app you cannot sign in.'] : []),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Make new backup codes', url: linkTo(publicUrl, '/mfa') },
  }),
  'audit-alert': ({ problems, first }) => ({
    subject: 'The audit log is at fault',
    lines: [
      `a verification of the audit log found ${problems} ${problems === 1 ? 'fault' : 'faults'}; the first is of the kind ${first}.`,
      'Keep the database and file storage as they are, and look at /api/v1/audit/verifications before anything is changed.',
    ],
  }),
  'account-closed': () => ({
    subject: 'Your account is closed',
    lines: [
      'your account with the patient portal is closed, and what it held about you is erased.',
      'What the law asks the clinic to keep of your appointments is kept without your words. If it was not you, call the clinic.',
    ],
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Your code',
    lines: [`${code} is your code for the patient portal. It works for 5 minutes. Never tell it to anybody.`],
    code,
  }),
  'appointment-confirmation': (facts) => ({
    subject: `Your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [`your appointment with ${facts.doctorName} is booked: ${when(facts)}.`],
  }),
  'appointment-reminder': (facts) => ({
    subject: `Reminder: your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [`your appointment with ${facts.doctorName} is coming up: ${when(facts)}.`],
  }),
  'appointment-cancelled': (facts) => ({
    subject: `Your appointment on ${facts.date} was cancelled`,
    lines: [`your appointment with ${facts.doctorName} (${when(facts)}) was cancelled.`],
  }),
  'appointment-rescheduled': (facts) => ({
    subject: `Your appointment was moved to ${facts.date} at ${facts.startTime}`,
    lines: [
      `your appointment with ${facts.doctorName} is now ${when(facts)}.`,
      `It was on ${facts.previousDate} at ${facts.previousStartTime} before.`,
    ],
  }),
  'appointment-series-booked': ({ doctorName, timezone, times }) => ({
    subject: `Your ${times.length} appointments with ${doctorName}`,
    lines: [
      `your appointments with ${doctorName} are booked (${timezone}):`,
      ...times.map(({ date, startTime }) => `${date} at ${startTime}`),
    ],
  }),
  'waitlist-offer': (facts, { publicUrl }) => ({
    subject: `A time is free: ${facts.date} at ${facts.startTime}`,
    lines: [
      `a time with ${facts.doctorName} has become free: ${when(facts)}. It is kept for you until ${utc(facts.expiresAt)}.`,
      'Accept it if it suits you, or decline it so that somebody else can have it.',
    ],
    action: { label: 'Answer the offer', url: linkTo(publicUrl, '/waitlist') },
  }),
  'waitlist-ended': ({ doctorName }, { publicUrl }) => ({
    subject: 'Your wait for an appointment has ended',
    lines: [
      `you were waiting for a time with ${doctorName}, who does not see patients here any more.`,
      'You can wait for another doctor instead, or book a time that is free.',
    ],
    action: { label: 'Choose another doctor', url: linkTo(publicUrl, '/waitlist') },
  }),
};

/** What the action ended, as the table of effects says. */
function ended(action: RecoveryAction): string[] {
  const sentence = lastingEnded(action);
  return sentence === null ? [] : [sentence];
}

const CREDENTIALS_MADE: Readonly<
  Record<
    MessageVariables['credential-made']['what'],
    { readonly subject: string; readonly line: string; readonly label: string; readonly path: LinkPath }
  >
> = {
  api_key: {
    subject: 'An API key was made for your account',
    line: 'an API key was made. Whoever has it can do what its scopes say, without signing in.',
    label: 'See your API keys',
    path: '/api-keys',
  },
  calendar_feed: {
    subject: 'A calendar link was made for your account',
    line: 'a calendar link was made. Whoever has it sees your appointments, without signing in.',
    label: 'See your calendar links',
    path: '/calendar',
  },
  export: {
    subject: 'A copy of your data was asked for',
    line: 'a copy of everything the portal holds about you is being made. It can be fetched once, within a week.',
    label: 'See the copies of your data',
    path: '/privacy',
  },
};

const MFA_ACTIONS: Readonly<Record<MessageVariables['mfa-changed']['what'], RecoveryAction>> = {
  enabled: 'factor_enrolled',
  replaced: 'factors_changed',
  disabled: 'factors_disabled',
  backup_codes: 'factors_changed',
  phone_added: 'factors_changed',
  phone_removed: 'factors_changed',
  reset: 'factors_reset',
};

const ON_BEHALF: Readonly<Record<MessageVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'an administrator asked for a copy of all your data, to give it to you.',
  export_downloaded: 'an administrator fetched the copy of your data, to give it to you.',
  rectified: 'an administrator corrected your profile.',
};

const MFA_CHANGES: Readonly<Record<MessageVariables['mfa-changed']['what'], string>> = {
  enabled: 'two-step sign-in was switched on for your account.',
  replaced: 'another authenticator app was enrolled for your account; the former one and its backup codes are void.',
  disabled: 'two-step sign-in was switched off for your account.',
  backup_codes: 'new backup codes were made for your account; the old ones are void.',
  phone_added: 'a phone was added that can receive sign-in codes for your account.',
  phone_removed: 'your phone no longer receives sign-in codes.',
  reset: 'the clinic removed the second step of your sign-in. Set it up again when you sign in.',
};

/** Whether this version knows the template: messages of another version may lie in the database. */
export function isTemplateName(text: string): text is TemplateName {
  return Object.hasOwn(TEMPLATES, text);
}

export function render<T extends TemplateName>(
  template: T,
  variables: MessageVariables[T],
  context: RenderContext,
): Rendered {
  const { subject, lines, action, code } = TEMPLATES[template](variables, context);
  const greeting = context.firstName === null || context.firstName === '' ? 'Hello,' : `Hello ${context.firstName},`;
  const text = [greeting, ...lines, ...(action === undefined ? [] : [`${action.label}: ${action.url}`])].join('\n\n');
  const html = [
    ...[greeting, ...lines].map((line) => `<p>${escapeHtml(line)}</p>`),
    ...(action === undefined ? [] : [`<p><a href="${escapeHtml(action.url)}">${escapeHtml(action.label)}</a></p>`]),
  ].join('\n');
  return {
    subject,
    text,
    html,
    links: action === undefined ? [] : [action.url],
    codes: code === undefined ? [] : [code],
  };
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The client says what it is called: a mail of ours must not say it as if we knew (R68). */
function deviceLine(deviceName: string): string {
  return labelFault(deviceName) === undefined
    ? `The device calls itself “${deviceName}”. It gave this name itself, and we have not checked it.`
    : 'The device gave no name that can be repeated here.';
}

function when({ date, startTime, timezone }: MessageVariables['appointment-reminder']): string {
  return `${date} at ${startTime} (${timezone})`;
}
