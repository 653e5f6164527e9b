/**
 * Conditions that do not stop the portal but are probably a mistake: reported at start-up, in the log and by `/ready`.
 */
import type { FieldCipher } from '../domain/shared/ports.ts';
import type { Config } from './config.ts';

export interface Warning {
  readonly code:
    | 'mail_cannot_leave'
    | 'mail_rejected'
    | 'sms_rejected'
    | 'push_rejected'
    | 'upgrade_unfinished'
    | 'clock_differs'
    | 'files_not_scanned'
    | 'no_file_scanner'
    | 'file_scanner_away';
  readonly detail: string;
}

/** The database says in which format sealed values are written (ADR 0107). */
export function upgradeWarnings(cipher: Pick<FieldCipher, 'mixesVersions'>): readonly Warning[] {
  if (!cipher.mixesVersions()) return [];
  const detail =
    'Encrypted values are not bound to their rows yet, and patients who have clinical notes cannot be erased. When every ' +
    'instance runs this version, run npm run migrate -- --bind-boxes';
  return [{ code: 'upgrade_unfinished', detail }];
}

/** @param aheadMilliseconds how far the machine's clock is ahead of the database's, when that is more than the tolerance */
export function clockWarnings(aheadMilliseconds: number | undefined): readonly Warning[] {
  if (aheadMilliseconds === undefined) return [];
  const seconds = (Math.abs(aheadMilliseconds) / 1000).toFixed(1);
  const detail =
    `This machine's clock is ${seconds} s ${aheadMilliseconds > 0 ? 'ahead of' : 'behind'} the database's, which all processes use. ` +
    "Correct both clocks: codes of second factors depend on the clocks of people's phones";
  return [{ code: 'clock_differs', detail }];
}

/** @param awaySince since when the scanner has not answered, if it does not */
export function scannerWarnings(
  { FILE_SCANNER: setting }: Pick<Config, 'FILE_SCANNER'>,
  awaySince: number | null,
): readonly Warning[] {
  if (setting === undefined) {
    const detail =
      'Files stay in quarantine, and nobody can open them. Set FILE_SCANNER to a clamd or a scanner service';
    return [{ code: 'no_file_scanner', detail }];
  }
  if (setting.kind === 'none') {
    const detail = 'Files are not scanned for malware: FILE_SCANNER is none. Set it to a clamd or a scanner service';
    return [{ code: 'files_not_scanned', detail }];
  }
  if (awaySince === null) return [];
  const detail = `The scanner of files has not answered since ${new Date(awaySince).toISOString()}: new files stay in quarantine until it does`;
  return [{ code: 'file_scanner_away', detail }];
}

export function warningsOf(config: Pick<Config, 'keepMails' | 'sendsMail'>): readonly Warning[] {
  if (config.keepMails || config.sendsMail) return [];
  const detail =
    'No mail can be sent: nobody can verify an address, reset a password or get a reminder. Set MAIL_FROM and ' +
    'SENDGRID_API_KEY or SMTP_URL, or DEV_MAILBOX=1 for a trial. Messages are kept until then';
  return [{ code: 'mail_cannot_leave', detail }];
}
