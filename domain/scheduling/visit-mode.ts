/** How patient and doctor meet. */

export const VISIT_MODES = ['in_person', 'video', 'phone'] as const;
export type VisitMode = (typeof VISIT_MODES)[number];

/** The mode of an appointment that names none. */
export function defaultMode({ visitModes }: { readonly visitModes: readonly VisitMode[] }): VisitMode {
  return visitModes[0] ?? 'in_person';
}
