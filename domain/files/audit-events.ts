/** Events of files. */
import { type AuditDraftOf, type AuditEventKind, access, admin, auth, change } from '../shared/audit-event-kind.ts';

export const FILE_EVENTS = {
  'file.uploaded': change('create', 'medium', 'A file was added to your documents by {actor}.', 'phi'),
  'file.updated': change('update', 'low', 'The description of one of your files was changed by {actor}.', 'phi'),
  'file.deleted': change('delete', 'medium', 'One of your files was deleted by {actor}.', 'phi'),
  'file.restored': change('update', 'medium', 'A deleted file was restored by {actor}.', 'phi'),
  'file.read': access('read', 'low', 'What is noted of one of your files was seen by {actor}.', 'phi'),
  'file.listed': access('read', 'low', 'The list of your files was seen by {actor}.', 'phi'),
  'file.link_made': change(
    'create',
    'low',
    'A link that opens one of your files for five minutes was made by {actor}.',
    'phi',
  ),
  'file.downloaded': access('read', 'medium', 'One of your files was opened by {actor}.', 'phi', 'export'),
  'file.previewed': access('read', 'low', 'A small picture of one of your files was seen by {actor}.', 'phi'),
  'file.shared': change('create', 'medium', 'One of your files was shared by {actor}.', 'phi'),
  'file.passcode_refused': auth(
    'execute',
    'medium',
    'A wrong passcode for a link to one of your files was given by {actor}.',
  ),
  'file.share_revoked': change('delete', 'low', 'A share of one of your files was ended by {actor}.', 'phi'),
  'file.scanned': change('update', 'low', 'One of your files was checked for malware by {actor}.'),
  'file.infected': change('update', 'high', 'Malware was found in one of your files by {actor}; nobody can open it.'),
  'file.rescan_requested': admin(
    'execute',
    'medium',
    'One of your files is checked for malware again, as {actor} asked.',
  ),
} satisfies Record<string, AuditEventKind>;

export type FileEvent = keyof typeof FILE_EVENTS;
export type AuditDraft = AuditDraftOf<FileEvent>;
