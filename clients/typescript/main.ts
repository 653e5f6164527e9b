/** Makes the journey at a portal that keeps its mails in the development mailbox. */
import { createClient } from './client.ts';
import { makeJourney } from './journey.ts';

const baseUrl = process.argv[2] ?? 'http://127.0.0.1:8787';
const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const { call } = createClient({ baseUrl });

await makeJourney({
  baseUrl,
  email: `maria-${Date.now()}@example.org`,
  password: 'a quiet river at dawn',
  async mailedToken(to) {
    const mails = await call('listDevelopmentMails', { query: { to } });
    const [code] = mails.ok ? mails.data.data.flatMap(({ codes }) => codes) : [];
    if (code === undefined) throw new Error('no mail was sent');
    return code;
  },
  tell: console.log,
  from: day(1),
  to: day(14),
});
