/** Messages about files. They name no file: its name may tell of an illness. */
import { linkTo } from '../shared/link-targets.ts';
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. */
export interface FileVariables {
  /** `receiver`: the person whose file it is, or an administrator, who gets its id. */
  'file-infected': { readonly receiver: 'owner' } | { readonly receiver: 'administrator'; readonly fileId: string };
  /**
   * Neither the file nor who shared it is named: a mailbox of a doctor does not tell who is a patient.
   * `isOwn`: it is about the receiver.
   */
  'file-shared': { readonly by: 'patient' | 'clinic'; readonly isOwn: boolean };
}

export type MessageDraft = MessageDraftOf<FileVariables>;

export const FILE_CATEGORIES = {
  'file-infected': 'security',
  'file-shared': 'message',
} as const satisfies Categories<FileVariables>;

export const FILE_LINKS = {
  'file-shared': (_, url) => linkTo(url, '/documents'),
} as const satisfies Links<FileVariables>;

export type FileTexts = Texts<FileVariables, typeof FILE_CATEGORIES, typeof FILE_LINKS>;
