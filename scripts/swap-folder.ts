import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts the folder `fresh` in the place of another, which is moved into the folder `aside`: whoever looks there finds the
 * whole of the old, the whole of the new, or for a moment nothing. All are on one disk. @throws when
 * there is nothing to put there, which changes nothing.
 */
export function swapFolder(fresh: string, { place, aside }: { readonly place: string; readonly aside: string }): void {
  statSync(fresh);
  for (let turn = 0; ; turn += 1) {
    unless(['ENOENT'], () => renameSync(place, join(aside, `old-${turn}`)));
    // Another build may have put its own there meanwhile; the last one stays.
    if (unless(['ENOTEMPTY', 'EEXIST'], () => renameSync(fresh, place))) return;
  }
}

/** Does something; false when it ends with one of these errors. */
function unless(codes: readonly string[], work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return false;
    throw error;
  }
}
