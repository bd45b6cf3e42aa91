import { workerData } from "node:worker_threads";

/*
 * A thread beside the work of a process: it ends the process when the one that started it is gone. Work in native code may
 * keep the process's own thread for ever, so that it never hears that its channel is closed.
 */

const LOOK_MS = 1000;

setInterval(() => {
  // An orphan is handed to another parent.
  if (process.ppid !== workerData) process.kill(process.pid, "SIGKILL");
}, LOOK_MS);
