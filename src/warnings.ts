/** What does not keep the portal from running and is hardly meant to be so: told at start-up, in the log and by `/ready`. */
import type { Config } from './config.ts';

export interface Warning {
  readonly code: 'mail_cannot_leave';
  readonly detail: string;
}

export function warningsOf(config: Pick<Config, 'keepMails' | 'sendsMail'>): readonly Warning[] {
  if (config.keepMails || config.sendsMail) return [];
  const detail =
    'No mail can leave: nobody can prove an address, reset a password or be reminded. Set SENDGRID_API_KEY and MAIL_FROM, ' +
    'or DEV_MAILBOX=1 to try things out. What was to be sent waits until then';
  return [{ code: 'mail_cannot_leave', detail }];
}
