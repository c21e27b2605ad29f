/** Tells a person what happens, and keeps account of what was claimed. */
import pc from 'picocolors';

/** A told and measured claim. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

/** Writes the tour; everything goes to one stream, so that it can be read in one piece. */
export interface Narrator {
  /** A new scene. */
  scene(title: string): void;
  /** What is done now, or what was seen. */
  say(text: string): void;
  /** Says what must be so. `why` is shown when it is not. */
  claim(text: string, holds: boolean, why?: string): void;
  /** A measured time, for the table at the end. */
  measured(what: string, milliseconds: number): void;
  readonly claims: readonly Claim[];
  readonly times: readonly { readonly what: string; readonly milliseconds: number }[];
}

const WIDTH = 100;

/** Narrates to `out`; colours where the terminal shows them. */
export function createNarrator(out: NodeJS.WritableStream): Narrator {
  const claims: Claim[] = [];
  const times: { what: string; milliseconds: number }[] = [];
  let scenes = 0;
  return {
    claims,
    times,
    scene: (title) => {
      scenes++;
      out.write(`\n${pc.bold(`${scenes}. ${title}`)}\n`);
    },
    say: (text) => out.write(`${wrap(text, '   ')}\n`),
    claim: (text, holds, why = '') => {
      claims.push({ text, holds });
      out.write(`${wrap(text, holds ? ` ${pc.green('✓')} ` : ` ${pc.red('✗')} `)}\n`);
      if (!holds && why !== '') out.write(`${pc.red(wrap(why, '   '))}\n`);
    },
    measured: (what, milliseconds) => times.push({ what, milliseconds }),
  };
}

/** `2,345 ms` below ten seconds, `23.4 s` above. */
export function duration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Breaks lines at words; the first begins with `first`, the others are indented by three. */
function wrap(text: string, first: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH - 3) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((one, index) => `${index === 0 ? first : '   '}${one}`).join('\n');
}
