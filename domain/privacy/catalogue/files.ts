/** Documents of persons. The bytes in file storage share the fate of the row: its key opens them, and a purge deletes them. */
import {
  byId,
  exported,
  HISTORY_TELLS,
  kept,
  SECRET,
  sealed,
  stays,
  type TableFate,
  TECHNICAL,
  UNREADABLE,
  WHOSE,
  withheld,
} from './fates.ts';

const DOCUMENT = kept(
  'of a document of the clinic, which it keeps for its retention (GDPR Art. 17(3)(b), (c); R76); a person’s own files are deleted',
);

export const FILE_TABLES = {
  file_parts: {
    rows: 'kept',
    owners: [{ column: 'file_id', in: { table: 'files', column: 'id' } }],
    columns: stays(DOCUMENT, {
      file_id: TECHNICAL,
      number: TECHNICAL,
      attempt: TECHNICAL,
      header: TECHNICAL,
      size_bytes: TECHNICAL,
    }),
  },
  file_attempts: {
    rows: 'kept',
    owners: [{ column: 'file_id', in: { table: 'files', column: 'id' } }],
    columns: stays(DOCUMENT, {
      file_id: TECHNICAL,
      attempt: TECHNICAL,
      first_part: TECHNICAL,
      last_part: TECHNICAL,
    }),
  },
  file_thumbnails: {
    rows: 'kept',
    owners: [{ column: 'file_id', in: { table: 'files', column: 'id' } }],
    columns: stays(DOCUMENT, {
      file_id: TECHNICAL,
      size: TECHNICAL,
      attempt: TECHNICAL,
      header: TECHNICAL,
      size_bytes: TECHNICAL,
      width: TECHNICAL,
      height: TECHNICAL,
    }),
  },
  files: {
    rows: 'kept',
    owners: [{ column: 'patient_id' }],
    except: { owners: [{ column: 'patient_id' }], where: { column: 'origin', is: 'own' } },
    chapters: [
      byId({
        name: 'files',
        title: 'Your files',
        about:
          'Each file that you, or somebody for you, or the clinic has added to your documents. Those that can be opened are in the folder `files`.',
      }),
    ],
    columns: {
      ...stays(DOCUMENT, {
        id: exported('id'),
        patient_id: WHOSE,
        uploaded_by: HISTORY_TELLS,
        origin: exported('text'),
        kind: exported('text', { as: 'fileType' }),
        state: exported('text'),
        mime_type: exported('text'),
        size_bytes: exported('integer'),
        appointment_id: exported('id'),
        tag_hashes: withheld('keyed hashes of the tags, by which they are found'),
      }),
      details: [sealed('object'), UNREADABLE],
      file_key: [SECRET, UNREADABLE],
      ...stays(DOCUMENT, {
        clinical_details: sealed('object'),
        clinical_file_key: SECRET,
        created_at: exported('instant'),
        completed_at: exported('instant'),
        scanned_at: exported('instant'),
        deleted_at: exported('instant'),
        upload_expires_at: TECHNICAL,
        appending: TECHNICAL,
        version: TECHNICAL,
        thumbnails: withheld(
          'whether small pictures of the picture were made; the picture itself is in the folder files',
        ),
        thumbnails_queued: TECHNICAL,
        thumbnail_attempt: TECHNICAL,
        thumbnail_until: TECHNICAL,
      }),
    },
  },
  file_usage: {
    rows: 'deleted',
    owners: [{ column: 'patient_id' }],
    columns: {
      patient_id: WHOSE,
      reserved_bytes: withheld('a sum of the sizes in the chapter of the files'),
      used_bytes: withheld('a sum of the sizes in the chapter of the files'),
      files: withheld('how many files the chapter of the files has'),
    },
  },
  clinic_file_usage: {
    rows: 'impersonal',
    why: 'How many bytes all files take',
    columns: ['shard', 'bytes'],
  },
  file_shares: {
    rows: 'deleted',
    owners: [{ column: 'file_id', in: { table: 'files', column: 'id' } }, { column: 'receiver_id' }],
    chapters: [
      byId({
        name: 'fileShares',
        title: 'Shared files',
        about:
          'Each time that a file of yours was shared, and each file that was shared with you, with when it was opened.',
      }),
    ],
    columns: {
      id: exported('id'),
      file_id: exported('id'),
      origin: exported('text'),
      shared_by: HISTORY_TELLS,
      receiver_id: exported('id'),
      secret_hash: SECRET,
      passcode_hash: SECRET,
      created_at: exported('instant'),
      expires_at: exported('instant'),
      revoked_at: exported('instant'),
      opened_at: exported('instant'),
      openings: exported('integer'),
      failures: TECHNICAL,
      locked_until: TECHNICAL,
      version: TECHNICAL,
    },
  },
  download_links: {
    rows: 'passing',
    why: 'Signed addresses that open a file for five minutes; deleted a day later, and with the account',
    columns: ['id', 'file_id', 'user_id', 'session_id', 'expires_at'],
  },
  file_purges: {
    rows: 'passing',
    why: 'Ids of files whose rows were deleted, until their bytes are: an hour after the upload at most',
    columns: ['file_id', 'settled_at', 'emptied'],
  },
} satisfies Readonly<Record<string, TableFate>>;
