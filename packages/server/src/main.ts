/** `belvedere server …` and `belvedere cli …` (config-and-operations §3). */
import { commandLine } from './command-line/command-line.ts';

process.exitCode = await commandLine(process.argv.slice(2));
