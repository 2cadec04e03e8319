import { parentPort, workerData } from 'node:worker_threads';
import { runSqlJob, type SqlJob } from './sql-run.ts';

/** Entry of the thread that runs a costly query: it can be ended at any moment. */
parentPort?.postMessage(runSqlJob(workerData as SqlJob));
