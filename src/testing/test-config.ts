import type { z } from 'zod';
import type { configSchema } from '../server/config-schema.ts';

/** Settings named as in `basecamp.yaml`; address and data folder are the test's own. */
export type TestSettings = Omit<z.input<typeof configSchema>, 'listen' | 'data_dir'>;

/** What of a test's settings is said in short. */
export interface TestConfigOptions {
  readonly initSql?: string;
  readonly catalogs?: Readonly<Record<string, string>>;
  readonly config?: TestSettings;
}

/** Makes the configuration's files, text by name. Relative paths are relative to the folder that they lie in. */
export function testConfig({ initSql, catalogs, config = {} }: TestConfigOptions): Readonly<Record<string, string>> {
  const { default: given, ...others } = config.warehouses ?? {};
  const settings: z.input<typeof configSchema> = {
    ...config,
    warehouses: {
      default: {
        type: 'duckdb',
        allowed_directories: ['.'],
        ...given,
        ...(catalogs === undefined ? {} : { catalogs: { ...catalogs } }),
        ...(initSql === undefined ? {} : { init_sql: 'init.sql' }),
      },
      ...others,
    },
  };
  return {
    // JSON is YAML.
    'basecamp.yaml': JSON.stringify(settings, null, 2),
    ...(initSql === undefined ? {} : { 'init.sql': initSql }),
  };
}
