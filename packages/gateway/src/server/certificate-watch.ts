import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { SecureContextOptions } from "node:tls";
import type { Logger } from "pino";
import { KeyedLock } from "../sessions/keyed-lock.js";
import { readTlsPair, type TlsFiles, type TlsPair } from "./tls-pair.js";

/** Where certificates come into force: connections made from then on use them, open ones live on. */
export interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * Takes over a renewed certificate without a restart. The files are looked at every few seconds, which also works on network
 * file systems and with certbot's symbolic links; a pair that can't be used is told in the log, once, and the one in
 * force stays.
 */
export class CertificateWatch {
  readonly #files: TlsFiles;
  readonly #server: SecureServer;
  readonly #log: Logger;
  readonly #lock = new KeyedLock();
  readonly #timer: NodeJS.Timeout;
  #pair: TlsPair;
  /** Of what was looked at last, be it in force or not. */
  #digest = "";

  constructor(files: TlsFiles, pair: TlsPair, server: SecureServer, log: Logger) {
    this.#files = files;
    this.#pair = pair;
    this.#server = server;
    this.#log = log;
    this.#warnOfEnd();
    this.#timer = setInterval(() => void this.check(), files.reloadSeconds * 1000);
    this.#timer.unref();
  }

  /** Of the certificate in force. */
  get expiresAt(): Date {
    return this.#pair.expiresAt;
  }

  /** Looks at the files now. @param force - Also tells about a pair that was found unusable before. */
  async check({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    await this.#lock.run("", () => this.#check(force));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(force: boolean): Promise<void> {
    const digest = await digestOf(this.#files);
    if (digest === this.#digest && !force) return;
    this.#digest = digest;
    const found = await readTlsPair(this.#files);
    if ("problems" in found) {
      this.#keepOld(found.problems.map(({ message }) => message));
    } else if (isSamePair(found, this.#pair)) {
      // The same certificate, at the first look or written again.
      return;
    } else if (found.expiresAt.getTime() <= Date.now()) {
      this.#keepOld([`the new certificate has expired on ${found.expiresAt.toISOString()}`]);
    } else {
      this.#pair = found;
      this.#server.setSecureContext(found.options);
      const { fingerprint, expiresAt } = found;
      this.#log.info(
        { fingerprint, expiresAt: expiresAt.toISOString() },
        "a new certificate is in force; open connections go on with the old one",
      );
      this.#warnOfEnd();
    }
  }

  #keepOld(problems: readonly string[]): void {
    const { fingerprint, expiresAt } = this.#pair;
    this.#log.error(
      { problems, inForce: fingerprint, expiresAt: expiresAt.toISOString() },
      "the new certificate can't be used: the old one stays in force",
    );
  }

  #warnOfEnd(): void {
    const days = daysUntil(this.expiresAt);
    if (days < warnDays)
      this.#log.warn({ expiresAt: this.expiresAt.toISOString(), days }, "the certificate expires soon");
  }
}

function isSamePair(one: TlsPair, other: TlsPair): boolean {
  return (
    one.fingerprint === other.fingerprint && String(one.options.ca ?? "") === String(other.options.ca ?? "")
  );
}

/** Let's Encrypt renews thirty days before the end: at fourteen something has gone wrong. */
export const warnDays = 14;

/** Whole days that are left; negative when it is over. */
export function daysUntil(end: Date, now = Date.now()): number {
  return Math.floor((end.getTime() - now) / 86_400_000);
}

async function digestOf({ cert, key, clientCa }: TlsFiles): Promise<string> {
  const hash = createHash("sha256");
  for (const path of [cert, key, ...(clientCa === undefined ? [] : [clientCa])]) {
    const bytes = await readFile(path).catch(() => undefined);
    hash.update(bytes === undefined ? "missing" : `${bytes.length}:`);
    if (bytes !== undefined) hash.update(bytes);
  }
  return hash.digest("hex");
}
