/** Uploads a file, for tests that need one. */
import { PICTURE } from './pictures.ts';
import type { Portal } from './portal.ts';

/** @returns the id of the file, which waits for its scan */
export function uploadText(
  portal: Portal,
  token: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ fileType: 'lab_result', ...fields })) form.append(name, value);
  form.append('file', new Blob(['Haemoglobin 14.1 g/dl\n'], { type: 'text/plain' }), 'values.txt');
  return sent(portal, token, form);
}

/** @returns the id of the file, which waits for its scan, and then for its thumbnails */
export function uploadPicture(portal: Portal, token: string, bytes: Uint8Array = PICTURE): Promise<string> {
  const form = new FormData();
  form.append('fileType', 'imaging');
  form.append('file', new Blob([bytes as BlobPart]), 'picture');
  return sent(portal, token, form);
}

async function sent(portal: Portal, token: string, form: FormData): Promise<string> {
  const response = await portal.fetch(
    new Request('https://portal.example/api/v1/files/upload', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: form,
    }),
  );
  const { id, ...answer } = (await response.json()) as { readonly id: string };
  if (response.status !== 201) throw new Error(JSON.stringify(answer));
  return id;
}

/** A second apart. */
export async function uploadTexts(portal: Portal, token: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    portal.clock.advance(1);
    await uploadText(portal, token);
  }
}
