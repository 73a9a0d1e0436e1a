export { FileTransactionStore } from "./file-transaction-store.js";
export { MemoryTransactionStore } from "./memory-transaction-store.js";
export type { Transaction, TransactionJob, TransactionOwner } from "./transaction.js";
export { newTransactionId } from "./transaction-id.js";
export { Transactions } from "./transactions.js";
export type { TransactionFact, TransactionStore } from "./transaction-store.js";
export { noteFile, openNoted } from "./waiting-file.js";
