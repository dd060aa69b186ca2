import { DliError } from '../contract/errors.ts';
import type { SourceType } from '../contract/fields.ts';

/** Tells whether a registration was deployed from Git. */
export function isCode({ sourceType }: { readonly sourceType: SourceType }): boolean {
  return sourceType === 'code';
}

/** Refuses a change of what code owns. */
export function managedByCode(dataset: string): DliError {
  return new DliError('DLI-803', `Workflow '${dataset}' is managed by Code (GitOps)`, {
    hints: ['Change the YAML in Git and deploy: dli workflow deploy'],
  });
}
