import { defineCommand } from '../command.ts';
import { specJsonSchema } from '../spec-json-schema.ts';

export const command = defineCommand({
  args: {},
  options: {},
  details: [
    'An editor that knows it completes and checks specs while they are written. In Visual Studio Code with the YAML\nextension put this line at the top of a spec (`dli init` does):',
    '  # yaml-language-server: $schema=dataset.schema.json',
  ],
  examples: ['', '--format json'],
  run: async (_given, { json }) => {
    json(specJsonSchema());
    return 0;
  },
});
