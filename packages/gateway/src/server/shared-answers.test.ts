import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { textAnswer } from "../pac/pac-answer.js";
import { makeCertificates, makeClientCertificate } from "scarf-tomo/testing";
import { sendRaw } from "../testing/raw-http.js";
import { sendTogether } from "../testing/send-together.js";
import { waitFor } from "../testing/wait-for.js";
import { prepareAnswer } from "./send-answer.js";
import { SharedAnswers } from "./shared-answers.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Behaviour {
  /** What the first does when it knows its followers. */
  readonly meanwhile?: () => Promise<void>;
  readonly mayHave?: () => boolean;
  readonly keepsAlive?: () => boolean;
  readonly mostTogether?: number;
}

/** A server whose answers are the numbers of the requests that went the whole way, from 1. */
function share({ meanwhile, mayHave = () => true, keepsAlive = () => true, mostTogether }: Behaviour): {
  readonly followers: number[];
  readonly take: (request: IncomingMessage, response: ServerResponse) => void;
} {
  const followers: number[] = [];
  let served = 0;
  const shared: SharedAnswers = new SharedAnswers(
    (request, response) => void serve(request, response),
    keepsAlive,
    mostTogether,
  );
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.endsWith("ping") === true) {
      response.end();
      return;
    }
    served += 1;
    const text = String(served);
    const company = await shared.gather(request, request.url ?? "");
    await meanwhile?.();
    const answer = textAnswer(text);
    followers.push(company.keep(answer, mayHave).length);
    company.send(answer);
    prepareAnswer(answer, text)(response);
  };
  return { followers, take: (request, response) => shared.take(request, response) };
}

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, "127.0.0.1"));
  await new Promise((resolve) => server.once("listening", resolve));
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const request = "GET /jobs HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\n\r\n";
const many = (count: number): readonly string[] => Array.from({ length: count }, () => request);

it("who comes when the first has begun to look does not get what it saw", async () => {
  let goOn = (): void => undefined;
  let looking = 0;
  const { take } = share({
    meanwhile: () => {
      looking += 1;
      return new Promise((resolve) => {
        const before = goOn;
        goOn = () => {
          before();
          resolve();
        };
      });
    },
  });
  const port = await listen(createServer(take));
  const first = sendRaw(port, request);
  await waitFor(async () => (looking === 1 ? true : undefined));
  const second = sendRaw(port, request);
  await waitFor(async () => (looking === 2 ? true : undefined));
  goOn();
  expect([(await first).text, (await second).text]).toEqual(["1", "2"]);
});

it("never more than so many follow one", async () => {
  const { take, followers } = share({ mostTogether: 20 });
  const port = await listen(createServer(take));
  await waitFor(async () => {
    followers.length = 0;
    const answers = await sendTogether(port, many(50));
    expect(followers.reduce((sum, count) => sum + count + 1, 0)).toBe(50);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(followers.length);
    expect(Math.max(...followers)).toBeLessThanOrEqual(20);
    return Math.max(...followers) === 20 ? true : undefined;
  });
});

it("who may not have the answer goes the whole way alone", async () => {
  const { take, followers } = share({ mayHave: () => false });
  const port = await listen(createServer(take));
  const answers = await sendTogether(port, many(50));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(50);
  expect(new Set(followers)).toEqual(new Set([0]));
});

it("connections end with a shared answer, too, when the gateway stops", async () => {
  let stops = false;
  const { take } = share({ keepsAlive: () => !stops });
  const port = await listen(createServer(take));
  await waitFor(async () => {
    stops = false;
    const answers = await sendTogether(port, many(20), { onSent: () => (stops = true) });
    const followers = answers.length - new Set(answers.map(({ text }) => text)).size;
    const ended = answers.filter(({ headers }) => headers.get("connection") === "close");
    expect(ended).toHaveLength(followers);
    return followers > 0 ? true : undefined;
  });
});

it("requests that show a certificate share nothing, with whomever", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gateway-shared-"));
  const { caFile, cert, key } = await makeCertificates(folder);
  const [ca, own] = [await readFile(caFile), await makeClientCertificate(folder, [["CN", "anna"]])];
  const { take, followers } = share({});
  const options = { cert: await readFile(cert), key: await readFile(key), ca };
  const server = createTlsServer({ ...options, requestCert: true, rejectUnauthorized: false }, take);
  const port = await listen(server);
  const tls = (place: number): object => (place % 2 === 0 ? { ca, ...own } : { ca });
  await waitFor(async () => {
    followers.length = 0;
    const answers = await sendTogether(port, many(20), { tls });
    const texts = answers.map(({ text }) => text);
    const ofCertificates = texts.filter((_, place) => place % 2 === 0);
    expect(new Set(ofCertificates).size).toBe(10);
    const others = texts.filter((_, place) => place % 2 === 1);
    expect(others.filter((text) => ofCertificates.includes(text))).toEqual([]);
    // The others have no reason not to.
    return new Set(others).size < 10 ? true : undefined;
  });
  await rm(folder, { recursive: true });
});
