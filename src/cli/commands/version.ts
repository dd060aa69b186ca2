import packageJson from '../../../package.json' with { type: 'json' };
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  args: {},
  options: {},
  examples: ['', '--format json'],
  run: async (_given, { format, json, say }) => {
    if (format === 'json') json({ version: packageJson.version, node: process.versions.node });
    else say(`dli ${packageJson.version} (Node.js ${process.versions.node})`);
    return 0;
  },
});
