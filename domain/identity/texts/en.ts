import { labelFault } from '../../shared/label.ts';
import { EN } from '../../shared/wording/en.ts';
import { type IdentityTexts, type IdentityVariables, passwordAction } from '../messages.ts';

const { t } = EN;
const CALL = 'If it was not you, reset your password now and call the clinic.';

export const IDENTITY: IdentityTexts = {
  'verify-email': () => ({
    subject: 'Confirm your e-mail address',
    lines: [
      'Please confirm that this is your e-mail address. The link works for 24 hours.',
      'If somebody else has registered with this address too, we ask you to choose a password, and only that password works.',
      'If you did not register, do not follow the link. Nobody can use the account without it.',
    ],
    action: 'Confirm the address',
  }),
  welcome: () => ({
    subject: 'Welcome to the patient portal',
    lines: [
      'Your e-mail address is confirmed, and your account is ready.',
      'You can book, move and cancel appointments, and choose which messages you get.',
    ],
    action: 'See your appointments',
    brief: 'Your account at the patient portal is ready.',
  }),
  'account-exists': () => ({
    subject: 'You already have an account',
    lines: [
      'Somebody tried to register with this e-mail address, but it already has an account.',
      'If it was you, sign in or reset your password. If it was not you, you do not need to do anything.',
    ],
    action: 'Sign in',
    brief: 'Somebody tried to register with your e-mail address, which already has an account.',
  }),
  invitation: ({ role }) => ({
    subject: 'You are invited to the patient portal',
    lines: [
      t`The clinic has created an account for you (${ROLES[role] ?? role}). Choose a password to start using it. The link works for 7 days.`,
      'If you did not expect this invitation, do not follow the link, and call the clinic.',
    ],
    action: 'Accept the invitation',
  }),
  'password-reset': () => ({
    subject: 'Reset your password',
    lines: [
      'Somebody asked to reset the password of your account. The link works once, within one hour.',
      'If it was not you, you do not need to do anything: your password stays the same.',
    ],
    action: 'Choose a new password',
  }),
  'password-changed': ({ how }) => ({
    subject: 'Your password was changed',
    lines: [
      how === 'reset'
        ? 'Your password was reset with a link that we sent you by e-mail. You are signed out everywhere.'
        : 'Your password was changed. You are signed out on all other devices.',
      ...EN.lastingEnded(passwordAction(how)),
      CALL,
    ],
    action: 'Reset the password',
    brief: 'Your password was changed. If it was not you, call the clinic.',
  }),
  'confirm-email-change': () => ({
    subject: 'Confirm your new e-mail address',
    lines: [
      'Somebody asked to use this e-mail address for an account at the patient portal. The link works for 24 hours.',
      'If it was not you, you do not need to do anything: nothing changes unless the link is used.',
    ],
    action: 'Use this address',
  }),
  'email-change-requested': () => ({
    subject: 'Your e-mail address is about to change',
    lines: [
      'Somebody asked to change the e-mail address of your account. It changes as soon as the new address is confirmed.',
      'If it was not you, use the link in this e-mail to undo the change. It works until 7 days after the change, signs out every device and asks you for a new password. Keep this e-mail until then.',
    ],
    action: 'Undo the change',
  }),
  'email-changed': () => ({
    subject: 'Your e-mail address was changed',
    lines: [
      'The e-mail address of your account was changed. You are signed out on all other devices.',
      ...EN.lastingEnded('email_changed'),
      'If it was not you, use the link in the e-mail that we sent to your previous address when the change was requested. It works for 7 days.',
    ],
    brief: 'The e-mail address of your account was changed. If it was not you, call the clinic.',
  }),
  'email-restored': () => ({
    subject: 'Your previous e-mail address is back',
    lines: [
      'The change of your e-mail address was undone, and every device is signed out. Your old password no longer works: choose a new one. The link works for one hour; after that, ask for a new link.',
      ...EN.lastingEnded('email_restored'),
    ],
    action: 'Choose a new password',
  }),
  'signed-out-everywhere': () => ({
    subject: 'You are signed out everywhere',
    lines: ['All sessions of your account were ended.', ...EN.lastingEnded('signed_out_everywhere'), CALL],
    action: 'Reset the password',
    brief: 'You are signed out everywhere. If it was not you, call the clinic.',
  }),
  'credential-made': ({ what }) => MADE[what],
  'new-sign-in': ({ deviceName, place, at }, reader) => ({
    subject: 'New sign-in to your account',
    lines: [
      place === null
        ? t`Somebody signed in to your account on ${EN.moment(at, reader.sender.timezone, reader)}.`
        : t`Somebody signed in to your account on ${EN.moment(at, reader.sender.timezone, reader)}, from ${place}.`,
      // The client chooses the name of the device, so the mail says that it is not checked (R68).
      labelFault(deviceName) === undefined
        ? t`The device calls itself “${deviceName}”. We have not checked this name.`
        : 'The device gave no name that we can show here.',
      'If it was not you, change your password and sign out everywhere.',
    ],
    action: 'See where you are signed in',
    brief: `New sign-in to your account: ${EN.briefMoment(at, reader.sender.timezone, reader)}. If it was not you, change your password.`,
  }),
  'account-closed': () => ({
    subject: 'Your account is closed',
    lines: [
      'Your account at the patient portal is closed, and the personal data in it is erased.',
      'The clinic keeps only what the law requires about your appointments. If you did not ask for this, call the clinic.',
    ],
    brief: 'Your account at the patient portal is closed.',
  }),
};

const ROLES: Readonly<Record<string, string>> = {
  patient: 'patient',
  doctor: 'doctor',
  staff: 'staff',
  admin: 'administrator',
};

const MADE: Readonly<
  Record<IdentityVariables['credential-made']['what'], ReturnType<IdentityTexts['credential-made']>>
> = {
  api_key: {
    subject: 'An API key was created for your account',
    lines: [
      'An API key was created. Anyone who has it can do what its scopes allow, without signing in.',
      'If it was not you, change your password now: the key then stops working.',
    ],
    action: 'See your API keys',
    brief: 'An API key was created for your account. If it was not you, change your password.',
  },
  calendar_feed: {
    subject: 'A calendar link was created for your account',
    lines: [
      'A calendar link was created. Anyone who has it can see the appointments in it, without signing in.',
      'If it was not you, change your password now: the link then stops working.',
    ],
    action: 'See your calendar links',
    brief: 'A calendar link was created for your account. If it was not you, change your password.',
  },
  export: {
    subject: 'A copy of your data was requested',
    lines: [
      'We are preparing a copy of everything the portal holds about you. It can be downloaded once, within a week.',
      'If it was not you, change your password now: the copy can then no longer be downloaded.',
    ],
    action: 'See the copies of your data',
    brief: 'A copy of your data was requested. If it was not you, change your password.',
  },
  file_link: {
    subject: 'A link to a file was created for your account',
    lines: [
      'A link to a file was created. Anyone who has it, and the passcode if there is one, can open the file without signing in.',
      'If it was not you, change your password now: the link then stops working.',
    ],
    action: 'See your documents',
    brief: 'A link to a file was created for your account. If it was not you, change your password.',
  },
  push_subscription: {
    subject: 'A device gets push messages of your account now',
    lines: [
      'A device was registered for push messages: it shows in short what the clinic tells you, also on its locked screen.',
      'If it was not you, change your password now: the device then gets none any more.',
    ],
    action: 'See your messages and devices',
    brief: 'A device gets push messages of your account now. If it was not you, change your password.',
  },
};
