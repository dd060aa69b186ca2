/** Makes dist/: bundles, so that a command starts by reading few, small files, and the type declarations of what can be imported. */
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleContract, bundlePrograms } from './bundles.ts';
import { swapFolder } from './swap-folder.ts';
import { licenceTexts, packagesOf } from './third-party-licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// A rebuild must not take the files away from what runs meanwhile, and what the last build left is not to stay.
const temporary = mkdtempSync(join(root, '.build-'));
const fresh = join(temporary, 'dist');
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
const startedAt = performance.now();
const [programs, contract] = await Promise.all([bundlePrograms(fresh), bundleContract(fresh)]);
cpSync(join(root, 'docs/api'), join(fresh, 'types'), { recursive: true });
const inputs = [programs, contract].flatMap((metafile) => Object.keys(metafile.inputs));
writeFileSync(join(fresh, 'third-party-licences.txt'), licenceTexts(packagesOf(inputs), root));
swapFolder(fresh, { place: join(root, 'dist'), aside: temporary });
process.stdout.write(
  `Built dist/ (${Math.round(bytesBelow(join(root, 'dist')) / 1024)} kB) in ${Math.round(performance.now() - startedAt)} ms\n`,
);

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
