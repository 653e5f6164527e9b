/** E-mail over SMTP (RFC 5321) to the clinic's own mail server, by nodemailer. Loaded with the first mail. */
import type { MessageChannel } from '../../domain/notifications/ports.ts';
import { refuse } from '../../domain/shared/result.ts';
import type { SmtpOptions } from './smtp-options.ts';

/** One address, and nothing that a header or a command of SMTP could take for more. */
const ADDRESS = /^[^\s<>()[\]\\,;:"@\p{Cc}]{1,64}@[^\s<>()[\]\\,;:"@\p{Cc}]{1,255}$/u;

export function smtpChannel(options: SmtpOptions): MessageChannel {
  return {
    async send(message) {
      if (message.channel !== 'email') return refuse({ kind: 'permanent', detail: `no ${message.channel} here` });
      if (!ADDRESS.test(message.to)) {
        return refuse({ kind: 'permanent', detail: 'the address is malformed', reason: 'no_such_receiver' });
      }
      const { sendMail } = await import('./smtp-session.ts');
      return sendMail(options, message);
    },
  };
}
