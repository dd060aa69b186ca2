import { describe, expect, it } from 'vitest';
import { findCommand } from './find-command.ts';
import { commandHelp } from './help.ts';
import { parseArguments } from './parse-arguments.ts';
import { registry } from './registry.ts';

describe.each(registry.map((entry) => [entry.path.join(' '), entry] as const))('dli %s', (name, entry) => {
  it('has help with a summary, its usage and examples', async () => {
    const { command } = await entry.load();
    const help = commandHelp(entry, command);
    expect(help).toContain(`Usage: dli ${name}`);
    expect(help).toContain('--format');
    expect(command.examples.length).toBeGreaterThan(0);
    for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`);
  });

  it('has examples that it can parse itself', async () => {
    const { command } = await entry.load();
    for (const example of command.examples) {
      const words = [...example.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
      const asked = findCommand([...entry.path, ...words]);
      expect(asked.kind).toBe('command');
      expect(() => parseArguments(command, { path: name, argv: words })).not.toThrow();
    }
  });

  it('has no short letter twice', async () => {
    const { command } = await entry.load();
    const letters = [...Object.values(command.options).flatMap(({ short }) => short ?? []), 'f', 'h'];
    expect(new Set(letters).size).toBe(letters.length);
  });
});
