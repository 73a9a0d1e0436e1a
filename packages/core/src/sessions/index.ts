export { FileSessionStore } from "./file-session-store.js";
export { MemorySessionStore } from "./memory-session-store.js";
export {
  type EndedSession,
  type LogOutReport,
  SessionManager,
  type SessionManagerOptions,
} from "./session-manager.js";
export type { SessionStore, SessionSummary } from "./session-store.js";
export { type JournalEntry, SubmitJournal, type SubmitIdentity } from "./submit-journal.js";
export { newSubmitKey, submitOnce, type SubmitOnceOptions, type SubmittedJob } from "./submit-once.js";
