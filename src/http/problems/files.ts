/** Problems of files. */
import type { FileErrorCode as DecidedErrorCode } from '../../../domain/files/errors.ts';
import type { TokenInvalid } from '../../app/files/direct.ts';
import type { BytesRefused } from '../../app/files/received.ts';
import type { NoThumbnail, ThumbnailPending } from '../../app/files/thumbnails.ts';
import { pathTo, requestOf } from '../links.ts';
import { kind, type ProblemKind, registered } from './kind.ts';

export type FileErrorCode =
  | DecidedErrorCode
  | BytesRefused['code']
  | TokenInvalid['code']
  | ThumbnailPending['code']
  | NoThumbnail['code']
  | 'file_range_not_satisfiable';

export const FILE_PROBLEMS = {
  file_not_found: kind(
    404,
    'There is no such file',
    'It may have been deleted for good, or it is not yours to see.',
    'There is no file with this id among those that you may see.',
  ),
  file_not_yours: kind(
    403,
    'You may see this file, and not change it',
    'What a person has added is changed by the person and by those who act for them; what the clinic has added, by the clinic.',
    'The file was added by the other side.',
  ),
  file_too_large: kind(
    413,
    'The file is too large',
    'Send a smaller file. limit says how many bytes a file may have.',
    'The file has more bytes than the clinic allows.',
  ),
  file_quota_exceeded: kind(
    409,
    'There is no room for this file',
    `Delete files that are not needed any more; they count until they are deleted for good. ${pathTo('getFileQuota')} says how much there is.`,
    'The own files of the person would take more than a person may store, or there are too many of them.',
  ),
  file_storage_full: kind(
    507,
    'The clinic has no room for files',
    'Try again later. The operator of the portal has to raise FILE_TOTAL_GB.',
    'All files together would take more than the clinic allows.',
  ),
  file_type_unsupported: kind(
    422,
    'Files of this type are not accepted',
    'Send a PDF, a picture (PNG, JPEG, WebP, HEIC), DICOM, plain text in UTF-8, a Word document (DOCX), CDA or FHIR.',
    'The bytes are of no accepted type, whatever the name says, or there are none.',
  ),
  file_type_mismatch: kind(
    422,
    'The file is not of the type that was declared',
    'Declare the type of the bytes, or leave it out, and name the file with its usual ending. detected says what the bytes are.',
    'The declared media type, or the ending of the name, is of another type than the bytes.',
  ),
  file_content_refused: kind(
    422,
    'The content of the file is not accepted',
    'fault says what is wrong. Save the document anew, without what is named, or as a PDF.',
    'The file is damaged or encrypted, is of two types at once, or holds macros, embedded objects or content from elsewhere.',
  ),
  file_hash_mismatch: kind(
    422,
    'The file did not arrive as it was declared',
    'Send it again. The SHA-256 of the bytes is not the one that was declared.',
    'Bytes were changed or lost on the way, or the wrong hash was declared.',
  ),
  file_incomplete: kind(
    409,
    'Bytes of the file are missing, or too many',
    'Send what is missing, or the part again. expected and received are numbers of bytes.',
    'The parts that have arrived do not have the declared size.',
  ),
  file_upload_over: kind(
    409,
    'The upload is over',
    `Begin a new one (${requestOf('beginFileUpload')}).`,
    'The upload was completed before, or took longer than an hour.',
  ),
  file_offset_mismatch: registered(
    'mismatching-upload-offset',
    kind(
      409,
      'The bytes do not follow those that are stored',
      'Go on at expected-offset, which Upload-Offset tells too.',
      'Upload-Offset of the request is not the number of bytes that are stored: some were lost on the way, or were sent before.',
    ),
  ),
  file_upload_completed: registered(
    'completed-upload',
    kind(
      400,
      'The upload is complete',
      'Nothing is left to do: the file waits for its scan, or is scanned.',
      'A request appends to an upload that is complete, or cancels it.',
    ),
  ),
  file_length_inconsistent: registered(
    'inconsistent-upload-length',
    kind(
      400,
      'The length is not the one that was declared',
      `expected is the number of bytes that was declared when the upload began. If the file has another length, begin a new upload (${requestOf('beginFileUpload')}).`,
      'Upload-Length, or the content of the request with the bytes before it, is not what was declared; or the upload is complete. An upload that gets more bytes than declared is deleted.',
    ),
  ),
  file_append_superseded: kind(
    409,
    'Another request has taken the upload over',
    `Ask how far the upload is (${requestOf('getFileUpload')}), and go on there if no other request does.`,
    'While the bytes arrived, another request has asked for the offset, has begun to append, or has cancelled the upload.',
  ),
  file_content_digest_mismatch: kind(
    422,
    'The content did not arrive as it was sent',
    'Send it again at the same offset. Its SHA-256 is not the one of Content-Digest, so nothing of it was appended.',
    'Bytes were changed on the way, or Content-Digest is of other bytes (RFC 9530).',
  ),
  file_link_invalid: kind(
    403,
    'The link does not work',
    'Ask for a new one. A link works for one file, one method and one person, and for a limited time.',
    'The link was altered, is over, or is of another file.',
  ),
  file_share_not_found: kind(
    404,
    'There is no such share',
    `${requestOf('listFileShares')} lists those of the file.`,
    'The file has no share with this id among those that you may end.',
  ),
  file_public_links_off: kind(
    409,
    'The clinic allows no links that open without a sign-in',
    'Share the file with a person instead. An administrator can allow links in the settings of the clinic (publicFileLinks).',
    'Links to files are switched off in the settings of the clinic.',
  ),
  file_share_receiver_unfit: kind(
    422,
    'The file cannot be shared with this person',
    'Name a doctor of the clinic, or somebody who acts for the person whose file it is; as the clinic, the person, or a doctor of theirs.',
    'There is no such account, it is your own, or nothing connects it with the person whose file it is.',
  ),
  file_share_end_invalid: kind(
    422,
    'The share cannot end then',
    'Send an expiresAt that is to come, and not after latest; or none.',
    'The end is in the past, or later than the clinic allows.',
  ),
  too_many_file_shares: kind(
    409,
    'The file is shared too often',
    `End a share first (${requestOf('revokeFileShare')}). limit says how many may go on at the same time.`,
    'The file has as many shares as it may have.',
  ),
  file_appointment_unknown: kind(
    422,
    'The appointment is not one of this person',
    'Name an appointment of the person whose file it is, or none.',
    'There is no such appointment, or it is of somebody else.',
  ),
  file_not_available: kind(
    409,
    'The file cannot be opened',
    'state says why: a file is opened only once a scanner has found it clean.',
    'The file is being uploaded or scanned, has malware in it, or could not be scanned.',
  ),
  file_damaged: kind(
    409,
    'The file is damaged',
    'An administrator was told. The clinic may have it in a backup.',
    'What is encrypted of the file cannot be opened.',
  ),
  file_under_hold: kind(
    409,
    'The document is under a legal hold',
    'It can be deleted once the hold on the record is lifted.',
    'The clinic has to keep the clinical record of this person.',
  ),
  file_scan_pending: kind(
    409,
    'The file waits for a scan already',
    'Look at its state again later.',
    'The file is being uploaded, or is being scanned.',
  ),
  file_thumbnail_pending: kind(
    404,
    'There is no small picture of this file yet',
    'Look at thumbnail of the file again in a minute.',
    'It is made once a scanner has found the file clean.',
  ),
  file_thumbnail_none: kind(
    404,
    'There is no small picture of this file',
    'reason says why. Download the file instead.',
    'The file is no PNG, JPEG or WebP, is kept from everybody, has more bytes or pixels than are decoded, or cannot be decoded.',
  ),
  file_range_not_satisfiable: kind(
    416,
    'The file has no such bytes',
    'Ask for a range within the size of the file, which Content-Range tells.',
    'The range in the Range header begins after the end of the file.',
  ),
} satisfies Readonly<Record<FileErrorCode, ProblemKind>>;
