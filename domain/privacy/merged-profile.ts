/** What merging two records fills in the profile of the survivor, and what its undoing empties again. */
export const PROFILE_FIELDS = ['dateOfBirth', 'phoneNumber', 'address'] as const;
export type ProfileField = (typeof PROFILE_FIELDS)[number];

/** As it is sealed. Null if nothing is stored; undefined if the value is damaged: that counts as set. */
export type MergeProfile = Readonly<Record<ProfileField, string | null | undefined>>;

export interface FilledField {
  readonly field: ProfileField;
  readonly text: string;
}

/** What the survivor lacks and the alias has. */
export function fieldsToFill(survivor: MergeProfile, alias: MergeProfile): readonly FilledField[] {
  return PROFILE_FIELDS.flatMap((field) => {
    const text = alias[field];
    return survivor[field] === null && typeof text === 'string' ? [{ field, text }] : [];
  });
}

/** Of the fields that a merge has filled, those that still say what the alias says: nobody has changed them since. */
export function fieldsToEmpty(
  filled: readonly ProfileField[],
  survivor: MergeProfile,
  alias: MergeProfile,
): readonly ProfileField[] {
  return filled.filter((field) => typeof alias[field] === 'string' && survivor[field] === alias[field]);
}
