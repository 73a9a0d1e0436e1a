import { describe, expect, it } from "vitest";
import { RequestRate } from "./request-rate.js";

describe("request rate", () => {
  it("lets a burst through, makes the next wait, refuses the rest, and recovers", async () => {
    let now = 0;
    const rate = new RequestRate(100, () => now);
    // None of them waits: nothing but these promises has its turn.
    let turns = 0;
    const immediate = setImmediate(() => (turns += 1));
    for (let request = 0; request < 200; request += 1) await rate.admit("anna");
    clearImmediate(immediate);
    expect(turns).toBe(0);
    // The clock stands still: 200 more wait up to two seconds, the others are told to come later.
    const results = await Promise.allSettled(Array.from({ length: 260 }, () => rate.admit("anna")));
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(60);
    expect(refused[0]).toMatchObject({ reason: { code: "RATE_LIMITED", context: { retryAfterSeconds: 3 } } });
    // Nobody else is concerned.
    await rate.admit("bob");
    now += 10_000;
    rate.sweep();
    await rate.admit("anna");
  });
});
