import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFolder } from './places.ts';

/** A folder that stands for a Git checkout of the example. */
export class Checkout {
  readonly folder: string;

  /** Copies the specs of the example into `folder`, without the one that fails on purpose. */
  constructor(folder: string) {
    this.folder = folder;
    cpSync(join(exampleFolder, 'datasets'), folder, {
      recursive: true,
      filter: (path) => !path.endsWith('on-purpose'),
    });
  }

  /** Replaces text in a file, as an engineer would in an editor. @throws when it is not there */
  edit(file: string, before: string, after: string): void {
    const text = readFileSync(join(this.folder, file), 'utf8');
    if (!text.includes(before)) throw new Error(`${file} has no '${before}'`);
    writeFileSync(join(this.folder, file), text.replace(before, after));
  }

  /** Takes files out of it. */
  remove(...files: readonly string[]): void {
    for (const file of files) rmSync(join(this.folder, file));
  }

  /** Adds the spec that fails on purpose, with `schedule` as its last key. */
  addFailing(schedule: string): void {
    const name = 'dataset.iceberg.analytics.longest_delays.yaml';
    const text = readFileSync(join(exampleFolder, 'datasets', 'on-purpose', name), 'utf8');
    writeFileSync(join(this.folder, name), `${text}\n${schedule}`);
  }
}
