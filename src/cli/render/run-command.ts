import type { WorkflowDetail } from '../../contract/workflows.ts';
import { commandLine } from './command-line.ts';

type Declared = Pick<WorkflowDetail['parameters'][number], 'name' | 'required' | 'default'>;

/** Writes the command that runs a dataset, with a place for each value that has to be given: `-p execution_date=…`. */
export function runCommand(dataset: string, parameters: readonly Declared[]): string {
  const needed = parameters.filter((one) => one.required && one.default === null);
  return `${commandLine(['dli', 'workflow', 'run', dataset])}${needed.map(({ name }) => ` -p ${name}=…`).join('')}`;
}
