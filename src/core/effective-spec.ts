import type { SourceType } from '../contract/fields.ts';

/** Picks the registration that runs: the code one if there is one, else the manual one. */
export function pickEffective<Registration extends { readonly sourceType: SourceType }>(
  registrations: readonly Registration[],
): Registration | undefined {
  return registrations.find(({ sourceType }) => sourceType === 'code') ?? registrations[0];
}
