/** Uploading files in one request, as a form. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { KeyedFile } from '../../../../domain/files/file.ts';
import type { FileDraft } from '../../../../domain/files/upload.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { uploadFile } from '../../../app/files/upload.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { PIXEL } from '../../example.ts';
import { fieldProblem, required } from '../../faults.ts';
import { pathTo } from '../../links.ts';
import { json, type Routes, route, unwrap, validFields } from '../../router.ts';
import { FORM_OVERHEAD_BYTES } from '../../streamed-body.ts';
import { type FormFields, readForm } from '../../streamed-form.ts';
import { detailsOf, distinctTags, filename, fileSchema, formFields, presentFile, type ShownFile } from './schemas.ts';
import { BEGINNING, BYTES, fileBytes, ownerOf } from './uploading.ts';

const uploadedAs =
  (actor: KnownActor) =>
  ({ file }: KeyedFile) => ({
    status: 201 as const,
    body: presentFile(actor, file),
    location: pathTo('getFile', { id: file.id }),
  });

/** @param allowed names of fields; others are unknown, or have to stand elsewhere */
function fieldsIn(fields: FormFields, allowed: (name: string) => boolean) {
  const single: Record<string, string> = {};
  for (const [name, values] of fields) {
    const isRepeated = values.length > 1 && name !== 'tags';
    if (isRepeated) throw fieldProblem(`/${name}`, 'repeated', 'must stand once');
    if (!allowed(name)) throw fieldProblem(`/${name}`, 'misplaced', 'must stand before the file');
    single[name] = values.join(',');
  }
  return validFields(formFields, single);
}

/** What may also stand after the file, as forms of browsers may have it. */
const LATE = ['fileType', 'description', 'tags'];

type Fields = z.output<typeof formFields>;

function described({ fileType: kind, description: words, tags: named }: Fields) {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(words === undefined ? {} : { description: words || null }),
    ...(named === undefined ? {} : { tags: distinctTags(named) }),
  };
}

/** Reads the form up to its file. */
async function incomingFile(c: HonoContext<AppEnv>, actor: KnownActor) {
  const form = await readForm(c);
  const before = fieldsIn(form.fields, () => true);
  // Browsers encode quotation marks so (HTML Living Standard, multipart form data).
  const given = form.filename.replaceAll('%22', '"');
  const name = validFields(z.object({ file: filename }), { file: given }).file;
  const maximum = fileBytes(c.env.platform.config);
  const draft: FileDraft = {
    ...{ name, mimeType: form.mediaType.slice(0, 200), kind: 'other', description: null, tags: [] },
    ...described(before),
    // The rest of the form makes it a little more; a form of unknown length reserves what a file may have.
    sizeBytes: Math.min(maximum, Number(c.req.header('content-length') ?? maximum)),
    sha256: before.sha256 ?? null,
    appointmentId: before.appointmentId ?? null,
  };
  return {
    ownerId: ownerOf(actor, before.patientId),
    draft,
    bytes: form.bytes,
    async late() {
      const after = fieldsIn(await form.fieldsAfter(), (each) => LATE.includes(each));
      if (before.fileType === undefined && after.fileType === undefined) throw required('/fileType');
      return described(after);
    },
  };
}

export const uploadRoutes: Routes = [
  route(
    {
      operationId: 'uploadFile',
      method: 'post',
      path: '/api/v1/files/upload',
      summary: 'Upload a file',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      roleLimits: { patient: 'upload', clinic: 'clinic_upload' },
      versioned: true,
      located: true,
      inSteps: true,
      streamsBody: {
        types: ['multipart/form-data'],
        maximumBytes: (config) => fileBytes(config) + FORM_OVERHEAD_BYTES,
      },
      description:
        'The type is decided by the bytes. The file is scanned for malware, and can be downloaded once it is found clean. `patientId`, `appointmentId` and `sha256` must stand before the file; the other fields should, so that a mistake is told before the bytes are sent. A request that is repeated with its Idempotency-Key sends the same file again.',
      example: { as: 'patient', form: { file: PIXEL }, fields: { fileType: 'other' } },
      request: {
        body: {
          required: true,
          content: {
            'multipart/form-data': {
              schema: formFields.required({ fileType: true }).extend({
                file: z.unknown().openapi({ type: 'string', format: 'binary' }),
              }),
            },
          },
        },
      },
      responses: { 201: json(fileSchema, 'Received, and waiting for its scan') },
      refusals: [...BEGINNING, 'file_not_found', ...BYTES],
    },
    async (c) => {
      const actor = knownActor(c);
      const upload = await incomingFile(c, actor);
      const uploaded = unwrap(
        await uploadFile(c.get('deps'), c.get('context'), actor, upload, uploadedAs(actor)),
        detailsOf,
      );
      return c.json(answer<ShownFile>(c, uploaded), 201);
    },
  ),
];
