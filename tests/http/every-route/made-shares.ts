import { expect } from 'vitest';
import { uploadText, uploadTexts } from '../../support/upload.ts';
import type { Clinic } from '../scheduling/clinic.ts';

/** Shares a file of Maria with three doctors, and three documents of the clinic with Maria; three more wait for a scan. @returns the file */
export async function shareFiles(clinic: Clinic): Promise<string> {
  const { portal, staff, maria, doctor, otherDoctor } = clinic;
  const file = await uploadText(portal, maria.token);
  const documents = [];
  for (let n = 0; n < 3; n++) documents.push(await uploadText(portal, staff.token, { patientId: maria.id }));
  await clinic.runJobs();
  const third = await clinic.person('doctor', 'third');
  const share = async (id: string, token: string, userId: string) =>
    expect((await clinic.post(`/files/${id}/share`, token, { userId })).status).toBe(201);
  for (const { id } of [doctor, otherDoctor, third]) await share(file, maria.token, id);
  for (const document of documents) await share(document, staff.token, maria.id);
  await uploadTexts(portal, maria.token, 3);
  return file;
}
