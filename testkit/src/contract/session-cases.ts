import type { Session } from "scarf-tomo";
import { expect } from "vitest";
import { chunkedSource, expectCode, failureOf, run, submit, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

export function sessionCases(contract: Case): void {
  contract("answers a ping without log-in", async ({ resource }) => {
    const { message, roundTripSeconds } = await resource.ping();
    expect(message).not.toBe("");
    expect(roundTripSeconds).toBeGreaterThanOrEqual(0);
    expect(roundTripSeconds).toBeLessThan(30);
  });

  contract("refuses a wrong password and a missing one", async ({ resource, credentials }) => {
    const { userName } = credentials;
    if (!resource.capabilities.password) {
      expect((await resource.logIn({ userName })).userName).toBe(userName);
      return;
    }
    const failure = await expectCode(
      () => resource.logIn({ userName, password: "wr0ng & <wrong>" }),
      "AUTH_FAILED",
      "LOGIN_RATE_LIMITED",
    );
    expect(`${failure.message} ${failure.hint} ${JSON.stringify(failure.context)}`).not.toContain("wr0ng");
    await expectCode(() => resource.logIn({ userName }), "PROPERTY_MISSING");
    await expectCode(() => resource.logIn({ userName, password: "" }), "PROPERTY_MISSING", "AUTH_FAILED");
  });

  contract("refuses user names that are none", async ({ resource, credentials }) => {
    for (const userName of ["", "..", "../other", "a/b", "a\nb", "\0"]) {
      const failure = await failureOf(() => resource.logIn({ ...credentials, userName }));
      expect(["PROPERTY_MISSING", "PROPERTY_INVALID", "AUTH_FAILED", "LOGIN_RATE_LIMITED"]).toContain(
        failure.code,
      );
    }
  });

  contract("says whose session on which resource it is", async ({ resource, session, credentials }) => {
    expect(session.resource).toBe(resource);
    expect(session.userName).toBe(credentials.userName);
  });

  contract(
    "leaves a session valid when its user logs in again",
    async ({ resource, session, credentials }) => {
      const second = await resource.logIn(credentials);
      expect(second.userName).toBe(session.userName);
      await session.list({ name: uniqueName() });
      await second.list({ name: uniqueName() });
    },
  );

  contract("takes up a saved session, which holds no password", async ({ resource, credentials }) => {
    const first = await resource.logIn(credentials);
    const id = await submit(first, { task: { kind: "command", argv: ["true"] } });
    const saved = first.save();
    const text = JSON.stringify(saved);
    expect(JSON.parse(text)).toEqual(saved);
    if (credentials.password !== undefined) expect(text).not.toContain(credentials.password);
    const second = resource.resume(structuredClone(saved));
    expect(second.userName).toBe(credentials.userName);
    expect((await second.job(id)).id).toBe(id);
  });

  contract(
    "throws NOT_LOGGED_IN from every call after log-out",
    async ({ resource, credentials, session }) => {
      const ended = await resource.logIn(credentials);
      const files = ended.jobFiles("1");
      await ended.logOut();
      for (const [name, call] of Object.entries(allCalls(ended))) {
        const failure = await expectCode(call, "NOT_LOGGED_IN");
        const { message, hint = "" } = failure;
        expect([name, message]).toEqual([name, expect.stringContaining(credentials.userName)]);
        expect([name, hint]).toEqual([name, expect.stringMatching(/\S/)]);
      }
      await expectCode(() => files.list(), "NOT_LOGGED_IN");
      await expectCode(async () => ended.save(), "NOT_LOGGED_IN");
      // And nobody else's.
      await session.list({ name: uniqueName() });
    },
  );

  contract("shows each user only their own jobs", async ({ session, other }) => {
    const name = uniqueName("private");
    const { id } = await run(session, { name, task: { kind: "shell", commandLine: "echo private" } });
    expect((await other.status([id])).get(id)).toMatchObject({ phase: "unknown", why: "not-listed" });
    expect(await other.list({ name })).toEqual([]);
    await expectCode(() => other.job(id), "JOB_NOT_FOUND");
    await expectCode(() => other.cancel(id), "JOB_NOT_FOUND");
    await expectCode(() => other.jobFiles(id).list(), "JOB_NOT_FOUND", "PERMISSION_DENIED");
    await expectCode(() => other.jobFiles(id).read("out.txt"), "JOB_NOT_FOUND", "PERMISSION_DENIED");
  });

  contract("keeps the files of users apart", async ({ session, other }) => {
    const name = uniqueName("mine");
    const written = await session.files.write("contract", name, chunkedSource("mine"));
    if (!other.capabilities.fileBrowsing) {
      await expectCode(() => other.files.stat(`contract/${name}`), "NOT_SUPPORTED");
      return;
    }
    await expectCode(() => other.files.stat(`contract/${name}`), "FILE_NOT_FOUND");
    expect(written.path).toBeDefined();
    const path = written.path ?? "";
    await expectCode(
      () => other.files.read(path),
      "FILE_NAME_REFUSED",
      "PERMISSION_DENIED",
      "FILE_NOT_FOUND",
    );
    await expectCode(
      () => other.files.remove(path),
      "FILE_NAME_REFUSED",
      "PERMISSION_DENIED",
      "FILE_NOT_FOUND",
    );
  });
}

/** Each call of a session once, with arguments that are right. */
export function allCalls(
  session: Session,
  options: { readonly signal?: AbortSignal } = {},
): Readonly<Record<string, () => Promise<unknown>>> {
  const spec = { task: { kind: "command", argv: ["true"] } } as const;
  return {
    validate: () => session.validate(spec, options),
    explain: () => session.explain(spec, options),
    submit: () => session.submit(spec, { ...options, submitKey: uniqueName("key") }),
    status: () => session.status(["1"], options),
    job: () => session.job("1", options),
    list: () => session.list({}, options),
    cancel: () => session.cancel("1", options),
    hold: () => session.hold("1", options),
    release: () => session.release("1", options),
    suspend: () => session.suspend("1", options),
    resume: () => session.resume("1", options),
    requeue: () => session.requeue("1", options),
    queues: () => session.queues(options),
    applications: () => session.applications(options),
    applicationForm: () => session.applicationForm("generic", options),
    runUserCommand: () => session.runUserCommand(["bjobs"], options),
    "files.list": () => session.files.list(".", options),
    "files.stat": () => session.files.stat("x", options),
    "files.read": () => session.files.read("x", {}, options),
    "files.write": () => session.files.write(".", uniqueName(), chunkedSource("x"), options),
    "files.makeDirectory": () => session.files.makeDirectory("x", options),
    "files.remove": () => session.files.remove("x", options),
    "files.rename": () => session.files.rename("x", "y", options),
    "files.checksum": () => session.files.checksum("x", options),
    "jobFiles.list": () => session.jobFiles("1").list(".", options),
    "jobFiles.read": () => session.jobFiles("1").read("x", {}, options),
    "jobFiles.readMany": async () => {
      for await (const reading of session.jobFiles("1").readMany(["x"], options)) return reading;
      return undefined;
    },
    "jobFiles.write": () => session.jobFiles("1").write(".", "x", chunkedSource("x"), options),
  };
}
