import { randomInt } from "node:crypto";

const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/**
 * A new id, for ever unlike any other: 100 random bits. Mantid's LSF manager counted open transactions, so that after a stop
 * an id could be given a second time.
 */
export function newTransactionId(): string {
  return `Trans_${Array.from({ length: 20 }, () => letters[randomInt(letters.length)] ?? "a").join("")}`;
}

/** Whether a text can be the id of a transaction; a file may be named after it then. */
export function isTransactionId(text: string): boolean {
  return /^Trans_[a-z2-9]{20}$/.test(text);
}
