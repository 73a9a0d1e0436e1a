import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findUnclearAnswers } from "./testing/find-unclear-answers.js";
import { HostileGateway } from "./testing/hostile-gateway.js";
import { hostileMultipart, multipartCalls } from "./testing/hostile-multipart.js";
import { xmlAttacks } from "./testing/hostile-xml.js";

describe("requests that no client sends, in full size and at every call", () => {
  let gateway: HostileGateway;
  beforeAll(async () => {
    gateway = await HostileGateway.start();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  // What one request may keep in memory, just below; above; and a hundred times as much.
  it.each([1_000_000, 4_000_000, 100_000_000])("XML of %i bytes", async (size) => {
    await gateway.mark();
    expect(
      await findUnclearAnswers(gateway, xmlAttacks(gateway, size, { everyCall: size < 100_000_000 })),
    ).toEqual([]);
    const { newFiles, peakGrowthBytes, served } = await gateway.damage();
    expect([newFiles, served]).toEqual([[], true]);
    expect(peakGrowthBytes).toBeLessThan(400_000_000);
  });

  it.each(Object.values(multipartCalls))("multipart bodies at %s", async (call) => {
    await gateway.mark();
    const attacks = Object.entries(hostileMultipart(gateway, call, 1_000_000)).map(([name, attack]) => ({
      name: `${name}, ${call}`,
      attack,
    }));
    expect(await findUnclearAnswers(gateway, attacks)).toEqual([]);
    const { newFiles, peakGrowthBytes, served } = await gateway.damage();
    // Parts that were whole before the body went wrong were uploaded, as their sender was told.
    expect([newFiles.filter((file) => !file.includes("users/")), served]).toEqual([[], true]);
    expect(peakGrowthBytes).toBeLessThan(300_000_000);
  });
});
