/** Messages about files. They name no file: its name may tell of an illness. */
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. */
export interface FileVariables {
  /** `receiver`: the person whose file it is, or an administrator, who gets its id. */
  'file-infected': { readonly receiver: 'owner' } | { readonly receiver: 'administrator'; readonly fileId: string };
}

export type MessageDraft = MessageDraftOf<FileVariables>;

export const FILE_CATEGORIES = { 'file-infected': 'security' } as const satisfies Categories<FileVariables>;

export type FileTexts = Texts<FileVariables, typeof FILE_CATEGORIES, Links<Record<never, never>>>;
