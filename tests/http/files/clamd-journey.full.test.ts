/** Files on their whole way through a real clamd, and through the scanner service before it (R53). */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clamdScanner } from '../../../adapters/clamav/instream.ts';
import { scannerService } from '../../../adapters/clamav/scanner-service.ts';
import type { FileScanner } from '../../../domain/files/ports.ts';
import { createScannerServer } from '../../../tools/scanner.ts';
import { type Clamd, clamdReason, EICAR, hasClamd, startClamd } from '../../support/clamd.ts';
import { unzip } from '../../support/unzip.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

const TOKEN = 'a-token-of-the-scanner';
const MAXIMUM_BYTES = 2_000_000;
const SILENCE_MS = 300;

/** A page of text around the test virus. */
const VIRUS = `${TEXT}${EICAR.toString('latin1')}\n${TEXT}`;

describe.skipIf(!hasClamd).each(['clamd', 'the scanner service before clamd'])(`R53 %s${clamdReason}`, (through) => {
  let documents: Documents;
  let maria: string;
  let clamd: Clamd;
  let service: Server | undefined;
  beforeAll(async () => {
    [documents, clamd] = await Promise.all([startDocuments({ LOG_LEVEL: 'silent' }), startClamd(MAXIMUM_BYTES)]);
    const direct = clamdScanner({
      host: '127.0.0.1',
      port: clamd.port,
      maximumBytes: MAXIMUM_BYTES,
      timeoutMilliseconds: SILENCE_MS,
    });
    (documents.clinic.portal.deps as { scanner: FileScanner }).scanner =
      through === 'clamd' ? direct : await serving(direct);
  }, 60_000);
  afterAll(async () => {
    await documents?.close();
    service?.close();
    await clamd?.close();
  });

  async function serving(scanner: FileScanner): Promise<FileScanner> {
    service = createScannerServer(scanner, TOKEN, () => {});
    await new Promise<void>((resolve) => service?.listen(0, '127.0.0.1', resolve));
    return scannerService({ url: `http://127.0.0.1:${(service.address() as AddressInfo).port}`, token: TOKEN });
  }

  const signIn = async () => {
    maria = await documents.clinic.portal.signIn(documents.clinic.maria.email);
  };
  const stateOf = async (id: string) => (await documents.clinic.get(`/files/${id}`, maria)).body.state;
  /** Longer than the longest pause between two scans. */
  const later = async () => {
    documents.clinic.portal.clock.advance(601);
    await documents.clinic.runJobs();
    await signIn();
  };
  const warnings = () => documents.clinic.portal.platform.warnings().map(({ code }) => code);

  /** Each way to the bytes, by the person, the clinic and administrators. */
  async function expectClosed(id: string): Promise<void> {
    const { clinic } = documents;
    const admin = await clinic.portal.signIn(clinic.admin.email);
    for (const token of [maria, await clinic.portal.signIn(clinic.staff.email), admin]) {
      const tries = [
        await documents.fetch(`/files/${id}/download`, token),
        await documents.fetch(`/files/${id}/download`, token, { headers: { Range: 'bytes=0-9' } }),
        await documents.fetch(`/files/${id}/download`, token, { headers: { 'If-None-Match': '"x"' } }),
        await documents.fetch(`/files/${id}/download`, token, { method: 'HEAD' }),
        await documents.fetch(`/files/${id}/download-link`, token, { method: 'POST' }),
      ];
      expect(tries.filter(({ status }) => status !== 409 && status !== 404)).toEqual([]);
      for (const each of tries) expect(await each.text()).not.toContain('EICAR');
    }
    const { _links } = (await clinic.get(`/files/${id}`, maria)).body;
    expect(Object.keys(_links).filter((name) => /download/i.test(name))).toEqual([]);
  }

  test('a file with the test virus is opened by nobody: while it waits, while it is scanned, and afterwards', async () => {
    await signIn();
    const { clinic } = documents;
    clamd.hang();
    const { id } = (await documents.upload(maria, { bytes: VIRUS })).body;
    const clean = (await documents.upload(maria)).body.id;
    await expectClosed(id);
    const scanning = clinic.runJobs();
    await expectClosed(id);
    await scanning;
    clamd.resume();
    await later();
    expect([await stateOf(id), await stateOf(clean)]).toEqual(['infected', 'clean']);
    expect((await clinic.get(`/files/${id}`, maria)).body.finding).toMatch(/^Eicar-Test-Signature/);
    await expectClosed(id);
    expect(await (await documents.fetch(`/files/${clean}/download`, maria)).text()).toBe(TEXT);
    const archive = (await clinic.post('/privacy/exports', maria)).body.id;
    await clinic.runJobs();
    const copy = await documents.fetch(`/privacy/exports/${archive}/download`, maria);
    const names = [...unzip(Buffer.from(await copy.arrayBuffer())).keys()].filter((name) => name.startsWith('files/'));
    expect(names).toEqual([`files/${clean}/values.txt`]);
  });

  test.each([
    ['is stopped', () => clamd.stop(), () => clamd.start()],
    ['hangs', async () => clamd.hang(), async () => clamd.resume()],
  ] as const)(
    'while clamd %s files stay in quarantine and /ready says so; then they are let out',
    async (_, away, back) => {
      await signIn();
      await away();
      const { id } = (await documents.upload(maria)).body;
      const infected = (await documents.upload(maria, { bytes: VIRUS })).body.id;
      for (let n = 0; n < 3; n++) {
        await later();
        expect([await stateOf(id), await stateOf(infected)]).toEqual(['scanning', 'scanning']);
      }
      await expectClosed(id);
      expect(warnings()).toContain('file_scanner_away');
      await back();
      await later();
      expect([await stateOf(id), await stateOf(infected)]).toEqual(['clean', 'infected']);
      expect(warnings()).not.toContain('file_scanner_away');
      expect(await (await documents.fetch(`/files/${id}/download`, maria)).text()).toBe(TEXT);
      await expectClosed(infected);
    },
  );
});
