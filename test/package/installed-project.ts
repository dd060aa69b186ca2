import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { startLocalRegistry } from './local-registry.ts';
import { repository } from './repository.ts';

/** What a program said and how it ended. */
export interface Ended {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty project into which the packed package was installed, by npm and from a registry. */
export class InstalledProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'dli-installed-')));

  /** Packs what is built, and installs it. */
  static async create(): Promise<{ readonly project: InstalledProject; readonly installed: Ended }> {
    const project = new InstalledProject();
    const packed = await project.run('npm', ['pack', repository, '--ignore-scripts', '--pack-destination', '.']);
    const registry = await startLocalRegistry(join(project.folder, packed.stdout.trim()));
    project.write({ 'package.json': JSON.stringify({ name: 'of-a-user', private: true, type: 'module' }) });
    const installed = await project.run('npm', ['install', '--registry', registry.url, 'dli', '@types/node']);
    await registry.close();
    return { project, installed };
  }

  /** Writes files, text by path. */
  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  /** Runs a program in the project's folder, with this Node and an environment of its own. */
  run(program: string, args: readonly string[]): Promise<Ended> {
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const settings = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' };
    const env = { PATH: path, HOME: this.folder, TZ: 'UTC', NO_COLOR: '1', ...settings };
    return new Promise((resolve) => {
      execFile(program, args, { cwd: this.folder, env }, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr });
      });
    });
  }

  /** Runs a module that is written into the project. */
  node(...args: readonly string[]): Promise<Ended> {
    return this.run(process.execPath, args);
  }

  /** Runs the command that npm has linked. */
  dli(...args: readonly string[]): Promise<Ended> {
    return this.run(join(this.folder, 'node_modules/.bin/dli'), args);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
