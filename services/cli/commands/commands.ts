import type { Command } from 'commander';
import { Command as NewCommand } from 'commander';

/** A command as data: for documentation, and for whoever builds on the command line. */
export interface CommandDescription {
  /** All words of it, such as tenants add. */
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly required: boolean; readonly description: string }[];
  readonly options: readonly { readonly flags: string; readonly description: string }[];
}

/** `commands`: every command with what it takes. */
export function commandsCommand(all: () => readonly Command[]): Command {
  return new NewCommand('commands')
    .description('every command with what it takes')
    .option('--json', 'print the result as JSON')
    .action(({ json }: { json?: boolean }) => {
      const described = all().flatMap((command) => describeCommand(command));
      const text = described.map(({ name, description }) => `${name.padEnd(28)} ${description}`).join('\n');
      process.stdout.write(`${json === true ? JSON.stringify(described) : text}\n`);
    });
}

/** A command, or those under it, with all their words. */
export function describeCommand(command: Command, above = ''): CommandDescription[] {
  const name = `${above} ${command.name()}`.trim();
  if (command.commands.length > 0) return command.commands.flatMap((one) => describeCommand(one, name));
  return [
    {
      name,
      description: command.description(),
      arguments: command.registeredArguments.map((one) => ({
        ...{ name: one.name(), required: one.required, description: one.description },
      })),
      options: command.options.map(({ flags, description }) => ({ flags, description })),
    },
  ];
}

/** What the script for bash takes from the package bash-completion, where that is not installed; a second load does no harm. */
const BASH_WITHOUT_PACKAGE = `declare -F __twoway_complete >/dev/null && return 0
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
        if [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]]; then words+=(""); fi
        cword=$((\${#words[@]} - 1))
        cur=\${words[cword]}
    }
fi
`;

/** `complete bash`, `zsh`, `fish`, `powershell`: a script for the shell, which asks back with `complete -- words`. */
export async function addCompletion(program: Command): Promise<void> {
  (await import('@bomb.sh/tab/commander')).default(program);
  program.commands
    .at(-1)
    ?.description('print a completion script for bash, zsh, fish or powershell')
    .hook('preAction', ({ args: [shell] }) => {
      if (shell === 'bash' && !process.argv.includes('--')) process.stdout.write(BASH_WITHOUT_PACKAGE);
    });
}
