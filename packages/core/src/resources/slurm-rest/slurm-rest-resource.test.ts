import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isScarfError, type ScarfError } from "../../errors/index.js";
import { type Recording, readRecordings } from "../../wire/slurm-rest/testing/recorded-exchanges.js";
import type { SlurmTokenSource } from "./slurm-rest-options.js";
import { SlurmRestResource } from "./slurm-rest-resource.js";
import { mintToken, readTokenClaims } from "./slurm-token.js";

const key = Buffer.from("a key of the site of 32 bytes ..");
const recordings = readRecordings();

function tokenOf(userName: string, lifetimeSeconds = 600): string {
  return mintToken(key, { userName, issuedAt: new Date(), lifetimeSeconds });
}

async function failureOf(call: () => Promise<unknown>): Promise<ScarfError> {
  const error = await call().then(
    (result) => new Error(`gave ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  if (isScarfError(error)) return error;
  throw error;
}

/** Gives the answers of one recording. @param label - of the exchange that answers a path; undefined = 404 as slurmrestd writes it */
async function replay(
  { api, exchanges }: Recording,
  choose: (request: IncomingMessage) => { readonly label: string; readonly auth?: string } | undefined,
  source: SlurmTokenSource = { kind: "given" },
) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    seen.push(`${request.method} ${path} ${String(request.headers["x-slurm-user-token"])}`);
    if (path === "/openapi/v3") {
      response.end(JSON.stringify({ paths: { "/slurm/v0.0.99/ping/": {}, [`/slurm/${api}/ping/`]: {} } }));
      return;
    }
    const wanted = choose(request);
    const exchange = exchanges.find(
      ({ label, auth }) => label === wanted?.label && (wanted.auth === undefined || auth === wanted.auth),
    );
    if (exchange === undefined) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("Unable find requested URL. Please view");
      return;
    }
    response.writeHead(exchange.status).end(exchange.text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const resource = new SlurmRestResource({
    id: "replayed",
    baseUrl: `http://127.0.0.1:${address.port}/`,
    token: source,
    retry: { attempts: 1 },
  });
  return {
    resource,
    seen,
    async [Symbol.asyncDispose]() {
      await resource.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("a session over every recorded release and version", () => {
  it("begins, shows jobs, queues and ends, with the token in headers only", async () => {
    // v0.0.36 tells no names; without a shared folder nobody knows whose jobs they are.
    for (const recording of recordings.filter(({ api }) => api !== "v0.0.36")) {
      const { api, release } = recording;
      await using cluster = await replay(recording, ({ url = "" }) => {
        if (url.includes("slurmdb"))
          return { label: /(?:job.|step=)2/.test(url) ? "slurmdb job: signal" : "slurmdb job: unknown" };
        const name = url.replace(/^.*\/v0\.0\.\d+\//, "").replace(/\?.*$/, "");
        const labels: Record<string, string> = {
          partitions: "partitions",
          "job/1": "job: failed with exit 3",
          "job/5": "job: cancelled",
          "job/2": "job: unknown",
          "job/9": "job: unknown",
        };
        return labels[name] === undefined ? undefined : { label: labels[name] };
      });
      const password = tokenOf("alice");
      const session = await cluster.resource.logIn({
        userName: "alice",
        password: `SLURM_JWT=${password}\n`,
      });
      expect((await session.queues()).map(({ name }) => name)).toEqual(["debug", "long"]);
      const statuses = await session.status(["1", "2", "5", "9", "nonsense"]);
      const told = [...statuses.values()].map((status) =>
        "outcome" in status ? status.outcome : status.phase,
      );
      expect([release, api, ...told]).toEqual([
        release,
        api,
        "failed",
        "failed",
        "cancelled",
        "unknown",
        "unknown",
      ]);
      expect(statuses.get("1")).toMatchObject({ exitCode: 3, raw: "FAILED", reason: "NonZeroExitCode" });
      expect(statuses.get("2")).toMatchObject({
        signal: "SIGSEGV",
        evidence: { source: "Slurm's accounting" },
      });
      expect(session.save().state["apiVersion"]).toBe(api);
      await session.logOut();
      expect((await failureOf(() => session.list())).code).toBe("NOT_LOGGED_IN");
      expect(cluster.seen.filter((line) => line.split(" ")[1]?.includes(password))).toEqual([]);
      expect(cluster.seen.some((line) => line.endsWith(password))).toBe(true);
    }
  });

  // All at once: after a vague refusal each waits before it asks again.
  it.concurrent.each(
    recordings.map((recording) => [`${recording.release} ${recording.api}`, recording] as const),
  )("notices a token that is refused, in the words of %s", async (_, recording) => {
    await using cluster = await replay(recording, () => ({ label: "auth", auth: "expired" }));
    const failure = await failureOf(() =>
      cluster.resource.logIn({ userName: "alice", password: tokenOf("alice") }),
    );
    expect(failure.code).toBe("AUTH_FAILED");
    const session = cluster.resource.resume({
      resourceId: "replayed",
      userName: "alice",
      savedAt: "",
      state: { token: tokenOf("alice"), apiVersion: recording.api },
    });
    expect((await failureOf(() => session.list())).code).toBe("SESSION_EXPIRED");
  });
});

describe("a token", () => {
  const [recording] = recordings;
  if (recording === undefined) throw new Error("There are no recordings");

  it("of somebody else, or whose time is over, is never sent", async () => {
    await using cluster = await replay(recording, () => ({ label: "partitions" }));
    const logIn = (password: string): Promise<ScarfError> =>
      failureOf(() => cluster.resource.logIn({ userName: "alice", password }));
    expect((await logIn(tokenOf("bob"))).code).toBe("AUTH_FAILED");
    expect((await logIn(tokenOf("alice", -5))).code).toBe("SESSION_EXPIRED");
    expect(cluster.seen).toEqual([]);
  });

  it("is made for each user from the site's key, which others may not read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scarf-key-"));
    try {
      const keyFile = join(folder, "key");
      await writeFile(keyFile, key, { mode: 0o600 });
      await using cluster = await replay(recording, () => ({ label: "partitions" }), {
        kind: "key",
        keyFile,
      });
      const session = await cluster.resource.logIn({ userName: "alice" });
      const sent = cluster.seen.at(-1)?.split(" ")[2] ?? "";
      expect(readTokenClaims(sent)?.userName).toBe("alice");
      expect(sent.split(".")[2]).toBe(
        mintToken(key, {
          userName: "alice",
          issuedAt: new Date((readTokenClaims(sent)?.expiresAt?.getTime() ?? 0) - 1_800_000),
          lifetimeSeconds: 1800,
        }).split(".")[2],
      );
      expect([session.expiresAt, session.save().state["token"]]).toEqual([undefined, ""]);
      await chmod(keyFile, 0o644);
      expect((await failureOf(() => cluster.resource.logIn({ userName: "bob" }))).code).toBe(
        "CONFIG_INVALID",
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is renewed with a third of its life left", async () => {
    const { TokenHolder } = await import("./token-holder.js");
    const folder = await mkdtemp(join(tmpdir(), "scarf-key-"));
    try {
      const keyFile = join(folder, "key");
      await writeFile(keyFile, key, { mode: 0o600 });
      const holder = new TokenHolder(
        { kind: "key", keyFile, lifetimeSeconds: 90 },
        { resourceId: "r", userName: "u" },
      );
      const begin = Date.now();
      const at = (seconds: number): string => holder.get(new Date(begin + seconds * 1000));
      const first = at(0);
      expect(at(50)).toBe(first);
      expect(at(61)).not.toBe(first);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("does not travel to another machine in clear text", () => {
    const options = { id: "x", baseUrl: "http://slurm.example.org:6820" };
    expect(() => new SlurmRestResource(options)).toThrow("clear text");
    expect(() => new SlurmRestResource({ ...options, insecure: true })).not.toThrow();
  });
});
