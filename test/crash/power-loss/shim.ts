import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Compiles the shim into a folder; undefined where there is no C compiler or no preloading as Linux has it. */
export function buildShim(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = join(folder, 'shim.so');
  const source = join(import.meta.dirname, 'shim.c');
  try {
    execFileSync(process.env.CC ?? 'cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
      stdio: 'inherit',
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return library;
}
