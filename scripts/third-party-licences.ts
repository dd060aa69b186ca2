import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names the packages of which something is among these files, in order. Paths are relative to the repository. */
export function packagesOf(inputs: readonly string[]): readonly string[] {
  const names = inputs.flatMap((input) => {
    const [, name] = /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    return name === undefined ? [] : [name];
  });
  return [...new Set(names)].toSorted();
}

/** Writes the licences of packages, as they want to go with every copy. @throws when a package has no licence file */
export function licenceTexts(packages: readonly string[], root: string): string {
  const texts = packages.map((name) => {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new TypeError(`${name} is bundled and has no licence file`);
    const { version, license }: { version: string; license: string } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return ['The files beside this one contain parts of these packages.\n', ...texts].join(`\n${'-'.repeat(80)}\n\n`);
}
