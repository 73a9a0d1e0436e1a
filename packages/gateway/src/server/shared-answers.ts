import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { PacAnswer } from "../pac/pac-answer.js";
import { isWhole, prepareAnswer } from "./send-answer.js";

/** Serves a request the whole way. */
export type ServeAlone = (request: IncomingMessage, response: ServerResponse) => void;

/** A request that waits for the answer to another one that is the same. */
interface Follower {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** On the clock of `performance.now()`. */
  readonly begun: number;
}

/**
 * So many at once. Each waiting request holds some 8 kB: more than the young heap takes would be moved about in memory again and
 * again, which costs as much as to answer them. Fewer would ask the resource more often.
 */
const usuallyTogether = 512;

/**
 * Requests that are the same to the last byte and come together: the first goes the whole way, the others follow it and get a
 * copy of its answer. A thousand programs that watch one user's jobs cost little more than one.
 *
 * Nothing is kept: the first looks at nothing (session, users, jobs) before all those have come that follow it, so that what each
 * gets is as new as if it had asked alone. That they are of one user follows from their being the same: what shows whose
 * a request is stands in its headers, or in the certificate of its connection, and with one of those nothing is shared.
 */
export class SharedAnswers {
  readonly #serve: ServeAlone;
  readonly #keepsAlive: () => boolean;
  readonly #mostTogether: number;
  /** Those under way, by their proof: a user sends few different requests in one moment. */
  readonly #gatherings = new Map<string, Gathering[]>();

  /**
   * @param keepsAlive - Whether connections may live on when they have their answer.
   * @param mostTogether - So many may follow one.
   */
  constructor(serve: ServeAlone, keepsAlive: () => boolean, mostTogether = usuallyTogether) {
    this.#serve = serve;
    this.#keepsAlive = keepsAlive;
    this.#mostTogether = mostTogether;
  }

  /** Every request comes by here. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const gathering = this.#find(request, request.url ?? "");
    if (gathering === undefined) {
      this.#serve(request, response);
      return;
    }
    gathering.waiting.push({ request, response, begun: performance.now() });
    if (gathering.waiting.length >= this.#mostTogether) this.#close(gathering);
  }

  /**
   * To be called for a request whose answer may be shared, before anything is looked at for it.
   * @param target - As in the request line.
   * @returns those that came by the end of this turn of the event loop.
   */
  async gather(request: IncomingMessage, target: string): Promise<Followers> {
    const waiting: Follower[] = [];
    // When several had to be served alone, only one of them has followers again.
    if (!hasBody(request) && !showsCertificate(request) && this.#find(request, target) === undefined)
      await new Promise<void>((resolve) => this.#open({ request, target, waiting, resolve }));
    const isFull = waiting.length >= this.#mostTogether;
    return new Followers(waiting, this.#serve, this.#keepsAlive, isFull);
  }

  #find(request: IncomingMessage, target: string): Gathering | undefined {
    if (this.#gatherings.size === 0) return undefined;
    return this.#gatherings
      .get(proofOf(request))
      ?.find((one) => one.target === target && isSame(one.request, request) && !showsCertificate(request));
  }

  #open(gathering: Gathering): void {
    const proof = proofOf(gathering.request);
    const others = this.#gatherings.get(proof);
    if (others === undefined) this.#gatherings.set(proof, [gathering]);
    else others.push(gathering);
    // What has arrived by now is all read within this turn.
    setImmediate(() => this.#close(gathering));
  }

  #close(gathering: Gathering): void {
    const proof = proofOf(gathering.request);
    const others = this.#gatherings.get(proof)?.filter((other) => other !== gathering) ?? [];
    if (others.length === 0) this.#gatherings.delete(proof);
    else this.#gatherings.set(proof, others);
    gathering.resolve();
  }
}

/** Requests that are the same, as long as more may join them. */
interface Gathering {
  readonly request: IncomingMessage;
  readonly target: string;
  readonly waiting: Follower[];
  readonly resolve: () => void;
}

/** The requests that may get a copy of an answer. */
export class Followers {
  /** Nobody more may join: those who wait should not wait for anything that can be done without. */
  readonly isFull: boolean;
  readonly #serve: ServeAlone;
  readonly #keepsAlive: () => boolean;
  #waiting: readonly Follower[];

  constructor(waiting: readonly Follower[], serve: ServeAlone, keepsAlive: () => boolean, isFull: boolean) {
    this.isFull = isFull;
    this.#waiting = waiting;
    this.#serve = serve;
    this.#keepsAlive = keepsAlive;
  }

  /**
   * Lets those go the whole way alone that may not have this answer.
   * @returns when the others began, on the clock of `performance.now()`.
   */
  keep(answer: PacAnswer, mayHave: () => boolean): readonly number[] {
    // Most requests are alone.
    if (this.#waiting.length === 0) return [];
    const [kept, alone]: [Follower[], Follower[]] = [[], []];
    for (const follower of this.#waiting) (isWhole(answer.body) && mayHave() ? kept : alone).push(follower);
    this.#waiting = kept;
    for (const { request, response } of alone) this.#serve(request, response);
    return kept.map(({ begun }) => begun);
  }

  /** Answers those that were kept. */
  send(answer: PacAnswer): void {
    if (this.#waiting.length === 0 || !isWhole(answer.body)) return;
    const send = prepareAnswer(answer, Buffer.from(answer.body));
    for (const { response } of this.#waiting) {
      if (!this.#keepsAlive()) response.shouldKeepAlive = false;
      send(response);
    }
  }
}

/** What most requests differ in that are not the same. */
function proofOf({ headers }: IncomingMessage): string {
  return headers.cookie ?? headers.authorization ?? "";
}

/** Everything that an answer can depend on, but for the target, a body and a certificate. */
function isSame(one: IncomingMessage, other: IncomingMessage): boolean {
  const { rawHeaders } = one;
  return (
    one.method === other.method &&
    rawHeaders.length === other.rawHeaders.length &&
    rawHeaders.every((text, place) => text === other.rawHeaders[place]) &&
    one.socket.remoteAddress === other.socket.remoteAddress
  );
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

/**
 * Certificates are no part of what is compared. Nor does a request with a bad one wait for others: OpenSSL (Node 20.20) lets such a
 * connection fail a moment after its handshake, when the answer should be out.
 */
function showsCertificate({ socket }: IncomingMessage): boolean {
  if (!(socket instanceof TLSSocket)) return false;
  const problem = String(socket.authorizationError ?? "");
  return socket.authorized || (problem !== "" && problem !== withoutCertificate);
}

/** What Node says of a client that shows none. */
const withoutCertificate = "UNABLE_TO_GET_ISSUER_CERT";
