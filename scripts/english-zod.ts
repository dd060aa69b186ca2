import type { Plugin } from 'esbuild';

/** zod carries its messages in forty languages, a tenth of the package; it takes English ones from a module of its own. */
export const englishZod: Plugin = {
  name: 'english-zod',
  setup(build) {
    build.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};
