/** A clinic whose persons upload files. */
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Reply } from '../../support/portal.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

export interface SentFile {
  readonly bytes?: Uint8Array | string;
  readonly name?: string;
  readonly type?: string;
  /** Before the file. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly fieldsAfter?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Documents {
  readonly clinic: Clinic;
  upload(token: string, file?: SentFile): Promise<Reply>;
  /** Uploads, and has it scanned. @returns its id */
  add(token: string, file?: SentFile): Promise<string>;
  fetch(path: string, token: string | undefined, init?: RequestInit): Promise<Response>;
  rows(statement: Sql): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

export const TEXT = 'Haemoglobin 14.1 g/dl\n';

/** A whole PDF of one empty page, as far as anybody looks. */
export const PDF = `%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n`;

export function formOf({
  bytes = TEXT,
  name = 'values.txt',
  type = 'text/plain',
  fields,
  fieldsAfter,
}: SentFile): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields ?? { fileType: 'lab_result' })) form.append(field, value);
  form.append('file', new Blob([bytes as BlobPart], { type }), name);
  for (const [field, value] of Object.entries(fieldsAfter ?? {})) form.append(field, value);
  return form;
}

export async function startDocuments(environment: Readonly<Record<string, string>> = {}): Promise<Documents> {
  const clinic = await startClinic({ environment });
  const { portal } = clinic;
  const fetch: Documents['fetch'] = (path, token, init = {}) => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const url = path.startsWith('https:') ? path : `https://portal.example/api/v1${path}`;
    return portal.fetch(new Request(url, { ...init, headers }));
  };
  const upload: Documents['upload'] = async (token, file = {}) => {
    // As bytes: the stream of a form cannot be cancelled in Node.
    const form = new Response(formOf(file));
    const type = form.headers.get('content-type') ?? '';
    const body = await form.arrayBuffer();
    const headers = { 'Content-Type': type, 'Content-Length': String(body.byteLength), ...file.headers };
    const response = await fetch('/files/upload', token, { method: 'POST', body, headers });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return {
    clinic,
    upload,
    fetch,
    async add(token, file) {
      const { status, body } = await upload(token, file);
      if (status !== 201) throw new Error(JSON.stringify(body));
      await clinic.runJobs();
      return body.id;
    },
    rows: async (statement) => (await portal.driver.run([statement], 'read'))[0] ?? [],
    close: () => portal.close(),
  };
}

export const allFiles = sql`SELECT * FROM files ORDER BY id`;
