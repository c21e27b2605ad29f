/** Prints a tape in full: `node test/core-quality/tapes/tell.ts SEED`. */
import { playTape } from './tape.ts';

process.stdout.write(playTape(Number(process.argv[2] ?? 1)).full());
