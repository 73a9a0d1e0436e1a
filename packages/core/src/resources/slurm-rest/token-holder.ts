import { ConfigError } from "../../errors/index.js";
import { readPrivateBytes, readPrivateFile } from "../../transports/private-file.js";
import { notLoggedIn, sessionExpired, type Who } from "../session-errors.js";
import type { SlurmTokenSource } from "./slurm-rest-options.js";
import { mintToken, readTokenClaims } from "./slurm-token.js";

const defaultLifetimeSeconds = 1800;

/** The token of one session, made or read anew when its time comes. */
export class TokenHolder {
  readonly #source: SlurmTokenSource;
  readonly #who: Who;
  #token: string | undefined;
  #isClosed = false;

  /** @param token - what the user gave, for the source `given` */
  constructor(source: SlurmTokenSource, who: Who, token?: string) {
    this.#source = source;
    this.#who = who;
    this.#token = token;
  }

  /** When the user must log in again; undefined for a token that is renewed here. */
  get expiresAt(): Date | undefined {
    if (this.#source.kind !== "given" || this.#token === undefined) return undefined;
    return readTokenClaims(this.#token)?.expiresAt;
  }

  /** What may be kept for a later session: the token that the user gave, nothing that is made here. */
  get saved(): string {
    return this.#source.kind === "given" ? (this.#token ?? "") : "";
  }

  /** For masking what the other side says. */
  get current(): string {
    return this.#token ?? "";
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws {ValueError} `NOT_LOGGED_IN`. @throws {AuthError} `SESSION_EXPIRED`: its time is over by its own word. @throws {ConfigError} */
  get(now = new Date()): string {
    if (this.#isClosed) throw notLoggedIn(this.#who);
    if (this.#source.kind === "key") return this.#mint(this.#source, now);
    if (this.#source.kind === "file") this.#token = readPrivateFile(this.#source.tokenFile, "a token").trim();
    if (this.#token === undefined || this.#token === "") throw notLoggedIn(this.#who);
    const expiry = readTokenClaims(this.#token)?.expiresAt;
    if (expiry !== undefined && expiry <= now)
      throw sessionExpired(this.#who, `The token was valid until ${expiry.toISOString()}.`);
    return this.#token;
  }

  forget(): void {
    this.#token = undefined;
    this.#isClosed = true;
  }

  #mint(source: Extract<SlurmTokenSource, { kind: "key" }>, now: Date): string {
    const { keyFile, lifetimeSeconds = defaultLifetimeSeconds } = source;
    const expiry = this.#token === undefined ? undefined : readTokenClaims(this.#token)?.expiresAt;
    const leftSeconds = ((expiry?.getTime() ?? 0) - now.getTime()) / 1000;
    // Renewed with a third of its life left: a request on its way never carries one that ends meanwhile.
    if (this.#token !== undefined && leftSeconds > lifetimeSeconds / 3) return this.#token;
    const key = readKey(keyFile);
    const { userName } = this.#who;
    this.#token = mintToken(key, { userName, issuedAt: now, lifetimeSeconds });
    return this.#token;
  }
}

function readKey(keyFile: string): Uint8Array {
  const key = readPrivateBytes(keyFile, "the key of the site's tokens");
  if (key.byteLength >= 16) return key;
  throw new ConfigError("CONFIG_INVALID", `${keyFile} holds no key: it has ${key.byteLength} bytes.`, {
    hint: "Name the file that AuthAltParameters=jwt_key= of slurm.conf names.",
    context: { file: keyFile },
  });
}
