import { join } from "node:path";
import type { Logger } from "pino";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { SessionDesk } from "../sessions/session-desk.js";
import { SessionTable } from "../sessions/session-table.js";
import { Spool } from "../state/spool.js";
import { openStore, type Store } from "../state/store.js";
import { SubmitJournal } from "../state/submit-journal.js";
import { migrations } from "../state/tables.js";
import { UploadTable } from "../state/upload-table.js";
import { LoginThrottle } from "../users/login-throttle.js";

/** All that a gateway remembers. */
export interface GatewayState {
  readonly store: Store;
  readonly journal: SubmitJournal;
  readonly uploads: UploadTable;
  readonly spool: Spool;
  readonly sessions: SessionDesk;
  /** Stops the clearing up and closes the database. */
  close(): void;
}

/** Uploads that were never finished, and keys of submits, are kept this long. */
const keepDays = 30;
const sweepMilliseconds = 60_000;

/** Opens what is kept in the state directory, and clears it up every minute. The directory must be locked already. */
export async function openState(
  { stateDirectory, limits, sessions: lifetime }: GatewayConfiguration,
  log: Logger,
): Promise<GatewayState> {
  const store = openStore(join(stateDirectory, "gateway.sqlite"), migrations);
  const journal = new SubmitJournal(store);
  const uploads = new UploadTable(store);
  const spool = new Spool(join(stateDirectory, "spool"));
  await spool.open(uploads.spoolNames());
  const table = new SessionTable(store, {
    idleSeconds: lifetime.idleMinutes * 60,
    absoluteSeconds: lifetime.absoluteHours * 3600,
  });
  const throttle = new LoginThrottle({
    attempts: limits.loginAttempts,
    windowSeconds: limits.loginWindowMinutes * 60,
    delaySeconds: limits.loginDelaySeconds,
  });
  const sessions = new SessionDesk(table, throttle);
  const sweep = async (): Promise<void> => {
    await sessions.sweep();
    journal.removeOlderThan(keepDays);
    for (const name of uploads.removeOlderThan(keepDays)) await spool.remove(name);
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => log.error({ err: error }, "sweep failed"));
  }, sweepMilliseconds);
  timer.unref();
  return {
    store,
    journal,
    uploads,
    spool,
    sessions,
    close: () => {
      clearInterval(timer);
      store.close();
    },
  };
}
