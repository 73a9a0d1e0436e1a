import { join } from "node:path";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { DirectLogIn } from "../sessions/direct-log-in.js";
import { EndedTokens } from "../sessions/ended-tokens.js";
import { SessionDesk } from "../sessions/session-desk.js";
import { RequestRate } from "../sessions/request-rate.js";
import { SessionTable } from "../sessions/session-table.js";
import { SharedSessions } from "../sessions/shared-sessions.js";
import { JobNotes } from "../state/job-notes.js";
import { NotificationTable } from "../state/notification-table.js";
import { MantidTransactions } from "../state/mantid-transactions.js";
import { Spool } from "../state/spool.js";
import { openStore, type Store } from "../state/store.js";
import { SubmitJournal } from "../state/submit-journal.js";
import { migrations } from "../state/tables.js";
import { TransferGate } from "../state/transfer-gate.js";
import { UploadTable } from "../state/upload-table.js";
import { BearerTokens } from "../users/bearer-tokens.js";
import { LoginThrottle } from "../users/login-throttle.js";
import type { GatewayLogs } from "./gateway-log.js";

/** All that a gateway remembers. */
export interface GatewayState {
  readonly store: Store;
  readonly journal: SubmitJournal;
  readonly notes: JobNotes;
  readonly notifications: NotificationTable;
  readonly uploads: UploadTable;
  readonly spool: Spool;
  readonly transactions: MantidTransactions;
  readonly gate: TransferGate;
  readonly sessions: SessionDesk;
  readonly sessionTable: SessionTable;
  /** Stops the clearing up and closes the database. */
  close(): void;
}

/** Keys of submits, and transactions that were stopped, are kept this long. */
const keepDays = 30;
/** What was noted of jobs; no resource lists one longer. */
const keepNotesDays = 400;
const sweepMilliseconds = 60_000;

/** Opens what is kept in the state directory, and clears it up every minute. The directory must be locked already. */
export async function openState(
  { stateDirectory, limits, sessions: lifetime, users, tls, resources }: GatewayConfiguration,
  { log, audit, metrics }: Pick<GatewayLogs, "log" | "audit" | "metrics">,
): Promise<GatewayState> {
  const store = openStore(join(stateDirectory, "gateway.sqlite"), migrations);
  const journal = new SubmitJournal(store);
  const notes = new JobNotes(store);
  const notifications = new NotificationTable(store);
  const uploads = new UploadTable(store);
  const transactions = new MantidTransactions(store);
  const spool = new Spool(join(stateDirectory, "spool"));
  await spool.open(uploads.spoolNames());
  const table = new SessionTable(store, {
    idleSeconds: lifetime.idleMinutes * 60,
    absoluteSeconds: lifetime.absoluteHours * 3600,
    perUser: lifetime.perUser,
  });
  const throttle = new LoginThrottle({
    attempts: limits.loginAttempts,
    windowSeconds: limits.loginWindowMinutes * 60,
    delaySeconds: limits.loginDelaySeconds,
  });
  const direct = new DirectLogIn({
    users,
    bearerTokens: users.oauth2 === undefined ? undefined : new BearerTokens(users.oauth2),
    takesCertificates: tls?.clientCa !== undefined,
    ended: new EndedTokens(store),
    throttle,
    tell: ({ userName, ...event }) => {
      metrics.countLogIn(event.means, event.outcome);
      audit.info({ act: "log-in", user: userName.slice(0, 300), ...event }, "act");
    },
  });
  const shared = new SharedSessions(lifetime.idleMinutes * 60);
  const sessions = new SessionDesk({
    table,
    throttle,
    direct,
    shared,
    rate: new RequestRate(limits.requestsPerSecond),
  });
  const gate = new TransferGate({
    ...limits,
    directories: [stateDirectory, ...workspacesOf(resources)],
    uploads,
    metrics,
  });
  const sweep = async (): Promise<void> => {
    await sessions.sweep();
    journal.removeOlderThan(keepDays);
    notes.removeOlderThan(keepNotesDays);
    notifications.removeOlderThan(keepNotesDays);
    transactions.removeOlderThan({ stoppedDays: keepDays, jobDays: keepNotesDays });
    for (const name of uploads.removeOlderThan(limits.unfinishedUploadDays)) await spool.remove(name);
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => log.error({ err: error }, "sweep failed"));
  }, sweepMilliseconds);
  timer.unref();
  return {
    store,
    journal,
    notes,
    notifications,
    uploads,
    spool,
    transactions,
    gate,
    sessions,
    sessionTable: table,
    close: () => {
      clearInterval(timer);
      store.close();
    },
  };
}

/** Uploads to resources of this machine don't go through the spool. */
function workspacesOf(resources: GatewayConfiguration["resources"]): readonly string[] {
  return Object.values(resources).flatMap((definition) =>
    definition.kind === "local" ? [definition.workspace] : [],
  );
}
