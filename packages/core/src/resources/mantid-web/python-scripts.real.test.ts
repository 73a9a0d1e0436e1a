import { describe, expect, it } from "vitest";
import { awaitEnd, open, shell } from "./testing/open-plain-service.js";
import { scriptResultsCase } from "./testing/script-results.js";

// As the service of ORNL runs them. A machine with Node and npm alone has no Python.
describe("a service that runs scripts by Python", () => {
  scriptResultsCase("python");

  it("names the signal that ended a job, which a shell can't tell from an exit code", async () => {
    await using opened = await open({ scripts: "python" });
    const { session } = opened;
    const id = await session.submit(shell("kill -TERM $$"), { submitKey: "signal" });
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "failed", signal: "SIGTERM" });
  });
});
