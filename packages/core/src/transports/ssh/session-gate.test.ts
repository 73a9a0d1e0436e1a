import { expect, it } from "vitest";
import { SessionGate } from "./session-gate.js";

/** Enters, and tells when it is in. */
async function enter(gate: SessionGate, log: string[], name: string): Promise<void> {
  await gate.enter();
  log.push(name);
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("lets no more in than its limit, in turn", async () => {
  const [gate, log] = [new SessionGate(2), [] as string[]];
  void enter(gate, log, "a");
  void enter(gate, log, "b");
  void enter(gate, log, "c");
  void enter(gate, log, "d");
  await settle();
  expect(log).toEqual(["a", "b"]);
  gate.leave();
  await settle();
  expect(log).toEqual(["a", "b", "c"]);
  gate.leave();
  gate.leave();
  gate.leave();
  await settle();
  expect([log.length, gate.inside]).toEqual([4, 0]);
});

it("learns a lower limit from a refusal", async () => {
  const [gate, log] = [new SessionGate(5), [] as string[]];
  for (const name of ["a", "b", "c"]) void enter(gate, log, name);
  await settle();
  gate.shrink(); // c was refused: two are the most
  void enter(gate, log, "c again");
  await settle();
  expect(log).toEqual(["a", "b", "c"]);
  gate.leave();
  await settle();
  expect([log.at(-1), gate.inside]).toEqual(["c again", 2]);
});
