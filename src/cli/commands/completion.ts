import { DliError } from '../../contract/errors.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { defineCommand } from '../command.ts';
import { completionScripts } from '../completion/scripts.ts';

export const command = defineCommand({
  args: { shell: { summary: 'bash, zsh or fish', names: ['shell'] } },
  options: {},
  details: [
    'It completes commands, options and their values, and the names of datasets, runs and backfills, which it asks the\nserver for. Load it in every shell:',
    [
      "  bash   echo 'source <(dli completion bash)' >> ~/.bashrc",
      "  zsh    echo 'source <(dli completion zsh)' >> ~/.zshrc      # below compinit",
      '  fish   dli completion fish > ~/.config/fish/completions/dli.fish',
    ].join('\n'),
  ],
  examples: ['bash', 'zsh', 'fish'],
  run: async ({ args: { shell } }, { io, format, json }) => {
    const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
    if (script === undefined) {
      const shells = Object.keys(completionScripts);
      throw new DliError('DLI-400', `There is no completion for '${shell}'`, {
        hints: [...didYouMean(shell, shells), `Allowed: ${shells.join(', ')}`],
      });
    }
    if (format === 'json') json({ shell, script });
    else io.stdout.write(script);
    return 0;
  },
});
