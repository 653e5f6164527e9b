/** The Worker is built without nodemailer's table of MIME types: a mail that names its types is the same with and without it. */
import { build } from 'esbuild';
import MailComposer from 'nodemailer/lib/mail-composer';
import { expect, test } from 'vitest';
import { BUNDLED } from '../../tools/worker/bundled.ts';

const MAIL = {
  from: 'portal@clinic.example',
  to: 'anna@example.org',
  subject: 'Your appointment',
  text: 'See you.',
  html: '<p>See you.</p>',
  messageId: '<1@clinic.example>',
  date: new Date(0),
  baseBoundary: 'fixed',
  icalEvent: { method: 'REQUEST', filename: 'visit.ics', content: 'BEGIN:VCALENDAR' },
  attachments: [
    { filename: 'letter.pdf', contentType: 'application/pdf', content: '%PDF' },
    { filename: 'copy.xyz', contentType: 'text/plain', content: 'text' },
  ],
};

const written = async (Composer: typeof MailComposer) => (await new Composer(MAIL).compile().build()).toString();

test('what the Worker is built of writes the same mail, without the table', async () => {
  const stdin = { contents: "export { default } from 'nodemailer/lib/mail-composer';", resolveDir: process.cwd() };
  const { outputFiles } = await build({ ...BUNDLED, stdin, outdir: 'out' });
  const text = outputFiles[0]?.text ?? '';
  expect(text).not.toContain('application/acad');
  const { default: Built } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
    default: typeof MailComposer;
  };
  const mail = await written(Built);
  expect(mail).toContain('Content-Type: application/pdf; name=letter.pdf');
  expect(mail).toBe(await written(MailComposer));
});
