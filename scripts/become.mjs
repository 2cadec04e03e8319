// Runs a program in place of this one: within this process where it is the right Node already, as this very process where Node can replace itself
// (>= 23.11, not on Windows), else as a child that hears every signal.
import { spawn } from 'node:child_process';
import module from 'node:module';
import { pathToFileURL } from 'node:url';

/** Whether `program` goes on within this process. */
export const isThis = (program) => program === process.execPath && process.execArgv.length === 0;

/** `args` begin with the file to run. */
export async function become(program, args, env) {
  if (isThis(program)) {
    Object.assign(process.env, env);
    module.enableCompileCache(env.NODE_COMPILE_CACHE);
    process.argv.splice(1, process.argv.length, ...args);
    await import(pathToFileURL(args[0]).href);
    return;
  }
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.removeAllListeners('warning');
    process.on('warning', () => {});
    process.execve(program, [program, ...args], Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)));
  }
  const child = spawn(program, args, { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    try {
      process.on(signal, () => child.kill(signal));
    } catch {
      // Not every platform knows every signal.
    }
  }
  child.on('error', (error) => {
    console.error(`belvedere: ${program} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0) : (code ?? 1)));
}
